# SPDX-License-Identifier: GPL-2.0-only
#
# make modules [KDIR=...]   the two kernel modules, into build/modules/RELEASE/
# make check                style, build and all tests in virtual machines
# make demo                 the main job, told step by step, in one
# make demo-gpu             a picture from a drive on a screen; demo-rdma: RDMA
# make deb                  Debian packages, into build/deb/
# make docs                 the documentation, into build/docs/
# make help                 the rest

KDIR ?= /lib/modules/$(shell uname -r)/build
# What uname -r says there; kernel.release is another on some Debian kernels.
RELEASE = $(shell cut -d '"' -f 2 $(KDIR)/include/generated/utsrelease.h 2>/dev/null)
OUT = build/modules/$(RELEASE)
SELFTESTS = tools/testing/selftests/p2p_dmabuf

modules: | need-kdir
	@mkdir -p $(OUT)
	@cp -pru Kbuild compat drivers include $(OUT)/
	$(MAKE) -C $(KDIR) M=$(abspath $(OUT)) modules

modules_install: modules
	$(MAKE) -C $(KDIR) M=$(abspath $(OUT)) modules_install

test-modules: modules | need-kdir
	@mkdir -p $(OUT)/test_modules
	@cp -pru $(SELFTESTS)/test_modules/. $(OUT)/test_modules/
	$(MAKE) -C $(KDIR) M=$(abspath $(OUT)/test_modules) \
		KBUILD_EXTRA_SYMBOLS=$(abspath $(OUT)/Module.symvers) modules

need-kdir:
	@test -n "$(RELEASE)" || { \
		echo "no configured kernel at KDIR=$(KDIR): install its headers" >&2; \
		exit 1; }
	@scripts/kernel-options $(KDIR)

check:
	scripts/check

check-all:
	scripts/check --all

style:
	scripts/check-style

mutants:
	scripts/mutants

fuzz:
	scripts/fuzz

fuzz-rnic:
	scripts/fuzz-rnic

stress:
	scripts/stress

coverage:
	scripts/coverage

demo:
	scripts/demo

demo-rdma:
	scripts/demo-rdma

demo-gpu:
	scripts/demo-gpu

bench:
	scripts/bench

deb:
	scripts/make-deb

test-tools:
	scripts/test-tools

test-deb:
	scripts/test-deb

kernel-patch:
	scripts/make-kernel-patch $(KSRC)

docs:
	scripts/make-docs

clean:
	rm -rf build

help:
	@echo 'modules          build the modules for the kernel at KDIR (default: the running one)'
	@echo 'modules_install  ... and install them for it'
	@echo 'test-modules     ... and the modules that the kselftests use'
	@echo 'check            style, build, tests in virtual machines'
	@echo 'check-all        the same on every kernel of the lab, debug kernels among them'
	@echo 'style            the style part of it'
	@echo 'mutants          break the modules in many ways, and see the tests notice'
	@echo 'fuzz             10 million calls of the modules, made up, on each debug kernel'
	@echo 'fuzz-rnic        the model of the RDMA NIC, 10 minutes for each of two fuzzers'
	@echo 'stress           10 minutes of everything at once on each debug kernel'
	@echo 'coverage         lines of the modules that the tests run, and those they do not'
	@echo 'test-tools       library and p2pctl on a real kernel: the doctor in each of its cases'
	@echo 'demo             the main job, told step by step, in a virtual machine'
	@echo 'demo-rdma        the same for RDMA NICs, with 200 resets'
	@echo 'demo-gpu         a picture from a drive on a screen, by way of a BAR'
	@echo 'bench            what all this costs, beside the exporter of Linux 7.3'
	@echo 'deb              Debian packages, into build/deb/'
	@echo 'test-deb         ... and try them in clean trees of Debian 12 and 13, and in'
	@echo '                 virtual machines the modules that DKMS builds there'
	@echo 'kernel-patch     the modules as a series of patches for the kernel tree at KSRC'
	@echo 'docs             the documentation as HTML, into build/docs/'
	@echo 'clean            remove build/'

.DEFAULT_GOAL := modules
.PHONY: modules modules_install test-modules need-kdir check check-all style \
	mutants fuzz fuzz-rnic stress coverage demo demo-rdma demo-gpu bench \
	deb test-tools test-deb kernel-patch docs clean help
