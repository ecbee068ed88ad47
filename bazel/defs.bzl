"""Locus' own C++ rules: one set of warnings, private by default, one Catch2 main for all tests."""

WARNINGS = [
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wshadow",
    "-Wnon-virtual-dtor",
    "-Woverloaded-virtual",
    "-Wcast-qual",
    "-Wimplicit-fallthrough",
    "-Werror",
]

def locus_library(name, copts = [], visibility = ["//visibility:private"], **kwargs):
    """A small library: one room or one class."""
    native.cc_library(
        name = name,
        copts = WARNINGS + copts,
        visibility = visibility,
        **kwargs
    )

def locus_binary(name, copts = [], visibility = ["//visibility:public"], **kwargs):
    """A program."""
    native.cc_binary(
        name = name,
        copts = WARNINGS + copts,
        visibility = visibility,
        **kwargs
    )

def locus_test(name, deps = [], copts = [], size = "small", **kwargs):
    """A Catch2 test program; its main writes a JUnit report that tools/dev counts."""
    native.cc_test(
        name = name,
        size = size,
        copts = WARNINGS + copts,
        deps = deps + [
            "//tests/support:catch_main",
            "@system//:catch2",
        ],
        **kwargs
    )
