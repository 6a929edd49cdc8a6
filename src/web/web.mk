# genkan-web: the sources of Kore that Debian's package installs, with our
# patches from web/kore/, and our own files in web/, in one executable.
# Kore is compiled without its PostgreSQL, task, JSON and Python parts.
#
#	make -C src KORE_SKIP=0004 BUILD=/some/where
#		leaves patches out, to see the test of each fail without it

KORE_FROM ?= /usr/share/kore
KORE_B    := $(BUILD)/kore
KORE_PATCHES := $(wildcard web/kore/*.patch)
ifdef KORE_SKIP
KORE_PATCHES := $(foreach p,$(KORE_PATCHES),$(if $(filter $(KORE_SKIP),$(firstword $(subst -, ,$(notdir $(p))))),,$(p)))
endif
KORE_C    := accesslog auth buf config connection domain filemap fileref http \
	     keymgr kore linux mem module msg net pool runtime seccomp timer \
	     utils validator websocket worker
KORE_DEF  := -std=gnu99 -w -D_GNU_SOURCE=1 -Dmain=kore_main
ifneq ($(SAN)$(COV),)
# A sanitizer makes system calls of its own and must see each allocation.
KORE_DEF  += -DSECCOMP_KILL_POLICY=SECCOMP_RET_ALLOW
KORE_C    := $(filter-out mem pool,$(KORE_C))
KORE_SHIM := $(BUILD)/obj/web/kore/shim.o
endif
KORE_O    := $(KORE_C:%=$(KORE_B)/obj/%.o) $(KORE_SHIM)
WEB_O     := $(call objs,web)

# The copy, once its sources are those that the patches were written for.
$(KORE_B)/.patched: $(KORE_PATCHES) web/kore/sources.sha256 web/web.mk
	@rm -rf $(KORE_B) && mkdir -p $(KORE_B)/obj
	@cd $(KORE_FROM) && sha256sum --check --quiet $(abspath web/kore/sources.sha256) || { \
	    echo "genkan-web builds from Kore 4.1.0 as Debian 12 packages it (kore 4.1.0-6); $(KORE_FROM) holds something else" >&2; exit 1; }
	@cp -r $(KORE_FROM)/src $(KORE_FROM)/include $(KORE_B)
	@for p in $(abspath $(KORE_PATCHES)); do \
	    patch --quiet --forward -d $(KORE_B) -p1 <$$p || { echo "$$p does not apply" >&2; exit 1; }; done
	@sh $(KORE_FROM)/misc/linux-platform.sh >$(KORE_B)/include/kore/platform.h
	@touch $@

$(KORE_B)/obj/%.o: $(KORE_B)/.patched
	$(CC) $(KORE_DEF) $(HARD) -I$(KORE_B)/include/kore -I$(KORE_B)/include -c $(KORE_B)/src/$*.c -o $@

# The configuration's template, as a C string without its comments.
$(KORE_B)/include/web_conf.inc: ../conf/genkan.conf.in $(KORE_B)/.patched
	@{ echo 'static const char template[] ='; \
	    sed -n '/^#/!{/./{s/[\\"]/\\&/g;s/^/"/;s/$$/\\n"/;p;}}' $<; echo ';'; } >$@

$(WEB_O) $(KORE_SHIM): | $(KORE_B)/.patched $(KORE_B)/include/web_conf.inc
$(WEB_O) $(KORE_SHIM): CFLAGS += -isystem $(KORE_B)/include
$(BUILD)/obj/web/web_main.o: $(KORE_B)/include/web_conf.inc

$(BUILD)/genkan-web: $(WEB_O) $(KORE_O) $(foreach d,$(LOW),$(call lib,$(d)))
	$(CC) $(LHARD) -rdynamic -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group \
	    $(foreach d,$(LOW),$(LIBS_$(d))) -lssl -lcrypto -ljansson -lz -ldl -lpthread
