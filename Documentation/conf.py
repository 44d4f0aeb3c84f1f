# SPDX-License-Identifier: GPL-2.0-only
#
# For scripts/make-docs, which says where a kernel's source is: kernel-doc
# comments are read by the kernel's own script and extension, and nothing of them
# is in this tree.

import logging
import os
import re
import sys

kernel = os.environ["P2P_KERNEL_SOURCE"]
sys.path.insert(0, os.path.join(kernel, "Documentation", "sphinx"))

project = "p2p-dmabuf"
author = "p2p-dmabuf maintainers"
with open("../dkms.conf", encoding="utf-8") as conf:
    version = re.search('PACKAGE_VERSION="(.*)"', conf.read()).group(1)
release = version

extensions = ["kerneldoc"]
kerneldoc_bin = os.path.join(kernel, "scripts", "kernel-doc")
kerneldoc_srctree = os.path.abspath("..")
kerneldoc_verbosity = 1

primary_domain = "c"
highlight_language = "none"
nitpicky = False

html_theme = "alabaster"
html_show_copyright = False
html_copy_source = False
html_sidebars = {"**": ["about.html", "navigation.html", "searchbox.html"]}

# To C a structure and a function of one name are two things, to Sphinx they are
# not.
STRUCTURE_AND_FUNCTION = ("p2p_bar_map",)


def is_duplicate(record):
    return any(
        "Duplicate C declaration" in record.getMessage()
        and re.search(rf"c:(function|struct)::.*\b{name}\b", record.getMessage())
        for name in STRUCTURE_AND_FUNCTION
    )


logging.getLogger("sphinx.sphinx.domains.c").addFilter(
    lambda record: not is_duplicate(record)
)
