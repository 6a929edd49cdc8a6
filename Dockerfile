# The image of Genkan.
#
#	docker build -t genkan .			everything in one, to try it
#	docker run -p 8443:8443 -v genkan:/var/lib/genkan genkan
#	docker build --target programs -t genkan-programs .	for conf/compose.yaml
#
# BASE is Debian 12, from wherever yours comes.
ARG BASE=debian:12-slim

# The programs and the pages, from the checkout.
FROM ${BASE} AS build
WORKDIR /src
COPY scripts/packages scripts/
RUN apt-get update -qq && scripts/packages --install build
COPY . .
RUN rm -rf build var && make -s -C src -j"$(nproc)" all && scripts/build-assets

# One program per container: the command says which. Each has its own user.
FROM ${BASE} AS programs
COPY scripts/packages /opt/genkan/scripts/
RUN apt-get update -qq && /opt/genkan/scripts/packages --install run && \
    apt-get install -qq -y --no-install-recommends curl >/dev/null && \
    rm -rf /var/lib/apt/lists/* && \
    groupadd --gid 10000 genkan && \
    n=10001 && for p in genkan genkan-kms genkan-decode genkan-courier genkan-operator; do \
        useradd --uid $n --gid genkan --no-create-home --home-dir /nonexistent \
            --shell /usr/sbin/nologin $p; n=$((n + 1)); done && \
    install -d -m 0711 /var/lib/genkan && \
    install -d -m 1771 -g genkan /run/genkan && \
    for p in kms decode courier; do install -d -m 0711 -o genkan-$p -g genkan /run/genkan/$p; done && \
    install -d -m 0711 -o genkan -g genkan /run/genkan/web && \
    install -d -m 0700 -o genkan-operator -g genkan /var/lib/genkan/operator && \
    install -d -m 0700 -o genkan-kms -g genkan /var/lib/genkan/kms /var/lib/genkan/ring-copy && \
    install -d -m 0700 -o genkan -g genkan /var/lib/genkan/web
COPY --from=build /src/build/genkan /src/build/genkan-decode /src/build/genkan-web /usr/bin/
COPY --from=build /src/build/assets /usr/share/genkan/assets
COPY conf/genkan.conf.in /usr/share/genkan/conf/
COPY sql /usr/share/genkan/sql
COPY scripts/container-health /opt/genkan/scripts/
ENV GENKAN_RUN_DIR=/run/genkan
USER genkan
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["/opt/genkan/scripts/container-health"]
CMD ["/usr/bin/genkan-web"]

# Everything in one container, with its own database: what scripts/run makes,
# under one user without rights.
FROM programs AS reception
USER root
ENV GENKAN_RUN_DIR=
RUN apt-get update -qq && /opt/genkan/scripts/packages --install supervise && \
    apt-get install -qq -y --no-install-recommends nodejs >/dev/null && \
    rm -rf /var/lib/apt/lists/* /var/lib/genkan && \
    install -d -m 0755 -o genkan -g genkan /var/lib/genkan
COPY scripts /opt/genkan/scripts
COPY sql /opt/genkan/sql
COPY conf /opt/genkan/conf
COPY --from=build /src/build/genkan /src/build/genkan-decode /src/build/genkan-web /opt/genkan/build/
COPY --from=build /src/build/assets /opt/genkan/build/assets
ENV GENKAN_VAR=/var/lib/genkan/var GENKAN_BIND=0.0.0.0
USER genkan
VOLUME /var/lib/genkan
EXPOSE 8443
STOPSIGNAL SIGTERM
CMD ["/opt/genkan/scripts/run"]
