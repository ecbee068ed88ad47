"""Each rule finds what it is for, in small samples, and leaves its neighbours alone."""

from __future__ import annotations

import pytest

import rules
from bazel_text import parse_build
from cpp_text import code_only, functions, includes
from tree import File, Tree


def make_tree(**files: str) -> Tree:
    """A tree of texts; in the names of the arguments `__` stands for a slash and `_dot_` for a dot."""
    return Tree([File(name.replace("__", "/").replace("_dot_", "."), text.encode()) for name, text in files.items()])


def one(path: str, text: str, **more: object) -> Tree:
    return Tree([File(path, text.encode(), **more)])


def problems(rule: rules.Rule, tree: Tree) -> list[str]:
    return [str(problem) for problem in rule(tree)]


# --- reading C++ -----------------------------------------------------------------------------------------------------


def test_comments_and_literals_are_blanked_in_place() -> None:
    text = ('int a; // rand(\n/* rand(\n */ char b = \'"\'; auto c = "rand( \\" x"; '
            'auto d = R"x(rand()x"; int e = 1\'000;')
    code = code_only(text)
    assert "rand" not in code
    assert len(code) == len(text) and code.count("\n") == text.count("\n")
    assert "int e = 1'000;" in code


def test_includes_are_found_with_their_lines() -> None:
    found = includes('// #include "no.h"\n#include <a/b.h>\n  #  include "c.h"\n')
    assert [(i.line, i.path, i.system) for i in found] == [(2, "a/b.h", True), (3, "c.h", False)]


FUNCTIONS = """
namespace a {
struct S {
  S() : x_{1}, y_(2) {}
  int Short() const { return 1; }
 private:
  int x_{0};
};
constexpr int kTable[] = {
    1,
    2,
};
enum class E { kA, kB };
void Defaults(std::map<int, int> m = {}, int n = 0) {
  if (n) {
    for (;;) {
    }
  }
}
template <typename T>
T Long(T t) {
  auto f = [] {
    return 1;
  };
  return t;
}
}  // namespace a
"""


def test_functions_are_measured_and_tables_and_classes_are_not() -> None:
    found = {f.head.split("(")[0]: f.length for f in functions(FUNCTIONS)}
    assert found["int Short"] == 1
    assert found["void Defaults"] == 6
    assert found["template <typename T>"] == 7
    assert not any("kTable" in head or "enum" in head or "struct" in head for head in found)


# --- rooms -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "include"), [
    ("extender/http/a.cc", "alluxio_meta/index/b.h"),
    ("cache_worker/store/a.h", "extender/decision/b.h"),
    ("locusctl/a.cc", "cache_worker/load/b.h"),
    ("common/a.cc", "extender/config.h"),
    ("common/a.cc", "proto/locus/v1/types.pb.h"),
    ("common/a.cc", "kube/client.h"),
    ("extender/a.cc", "tests/unit/x.h"),
    ("kube/a.cc", "extender/b.h"),
])
def test_an_arrow_the_wrong_way_is_found(path: str, include: str) -> None:
    found = problems(rules.arrows_between_components, one(path, f'\n#include "{include}"\n'))
    assert len(found) == 1 and found[0].startswith(f"{path}:2: ") and include in found[0]


@pytest.mark.parametrize(("path", "include"), [
    ("extender/http/a.cc", "extender/decision/b.h"),
    ("extender/a.cc", "common/log.h"),
    ("extender/a.cc", "proto/locus/v1/types.pb.h"),
    ("extender/a.cc", "kube/client.h"),
    ("common/a.cc", "proto/config/v1/rules.pb.h"),
    ("tests/unit/a.cc", "extender/decision/b.h"),
])
def test_arrows_the_right_way_pass(path: str, include: str) -> None:
    assert not problems(rules.arrows_between_components, one(path, f'#include "{include}"\n'))


@pytest.mark.parametrize("line", [
    "#include <thread>", "#include <grpcpp/grpcpp.h>", '#include "proto/locus/v1/types.pb.h"', "#include <httplib.h>",
    "#include <nlohmann/json.hpp>", '#include "simdjson.h"', "#include <fstream>", '#include "common/mutex.h"',
    "const auto t = std::chrono::steady_clock::now();", "SystemClock clock;",
])
def test_a_pure_room_touches_nothing(line: str) -> None:
    assert len(problems(rules.pure_rooms, one("extender/decision/score.cc", line + "\n"))) == 1
    assert not problems(rules.pure_rooms, one("extender/http/score.cc", line + "\n"))


def test_a_pure_room_may_use_values() -> None:
    text = '#include <vector>\n#include "common/clock.h"\n// steady_clock::now would be wrong\n'
    assert not problems(rules.pure_rooms, one("alluxio_meta/index/a.cc", text))


def test_every_pure_room_is_spelt_like_a_path() -> None:
    assert all(room.count("/") >= 1 and not room.startswith("/") for room in rules.PURE_ROOMS)


def test_libraries_stay_at_their_edges() -> None:
    assert problems(rules.libraries_stay_at_their_edges, one("extender/http/a.cc", "#include <httplib.h>\n"))
    assert problems(rules.libraries_stay_at_their_edges, one("extender/http/a.cc", "#include <catch2/catch.hpp>\n"))
    assert not problems(rules.libraries_stay_at_their_edges, one("common/http_server.cc", "#include <httplib.h>\n"))
    assert not problems(rules.libraries_stay_at_their_edges, one("tests/bench/a.cc", "#include <httplib.h>\n"))


# --- Bazel -----------------------------------------------------------------------------------------------------------


def test_build_files_are_read_with_names_and_sums() -> None:
    text = 'DEPS = [":x", "//c"]\nlocus_library(name = "n", srcs = ["n.cc"], deps = DEPS + ["@s//:t"])'
    package = parse_build("a/b", text)
    target = package.targets[0]
    assert target.label == "//a/b:n"
    assert target.deps == ("//a/b:x", "//c:c", "@s//:t")


def test_a_build_file_that_cannot_be_read_is_named() -> None:
    broken = one("x/BUILD.bazel", "\n  package()\n")
    assert problems(rules.build_files_are_read, broken) == ["x/BUILD.bazel:2: cannot be read: unexpected indent"]
    assert not problems(rules.components_are_private, broken)


def test_a_component_is_not_open_to_others() -> None:
    public = 'locus_library(name = "a", visibility = ["//visibility:public"])'
    foreign = 'locus_library(name = "a", deps = ["//alluxio_meta/index:types"])'
    opened = 'V = ["//cache_worker:__subpackages__"]\nlocus_library(name = "a", visibility = V)'
    for text in (public, foreign, opened):
        assert len(problems(rules.components_are_private, one("extender/BUILD.bazel", text))) == 1
    own = 'locus_library(name = "a", visibility = ["//extender:__subpackages__", "//tests:__subpackages__"])'
    assert not problems(rules.components_are_private, one("extender/BUILD.bazel", own))
    assert not problems(rules.components_are_private, one("common/BUILD.bazel", public))


def test_a_source_that_no_target_names_is_found() -> None:
    build = 'locus_library(name = "a", srcs = ["a.cc"])'
    tree = make_tree(x__BUILD_dot_bazel=build, x__a_dot_cc="", x__b_test_dot_cc="", y__c_dot_cc="")
    assert [p.split(":")[0] for p in problems(rules.every_source_is_built, tree)] == ["x/b_test.cc", "y/c.cc"]


def test_a_target_that_names_no_file_is_found() -> None:
    tree = make_tree(x__BUILD_dot_bazel='locus_library(name = "a", hdrs = ["gone.h"])')
    assert "gone.h, which is not there" in problems(rules.every_source_is_built, tree)[0]


def test_an_include_needs_a_dep() -> None:
    build = ('locus_library(name = "a", hdrs = ["a.h"])\n'
             'locus_library(name = "b", hdrs = ["b.h"], deps = [":a"])\n'
             'locus_library(name = "c", srcs = ["c.cc"], deps = [":b"])')
    tree = make_tree(x__BUILD_dot_bazel=build, x__a_dot_h="", x__b_dot_h='#include "x/a.h"\n',
                     x__c_dot_cc='#include "x/b.h"\n#include "x/a.h"\n#include "absl/status/status.h"\n')
    found = problems(rules.includes_are_covered_by_deps, tree)
    assert len(found) == 2
    assert "c includes x/a.h: add //x:a to deps" in found[0]
    assert "c includes absl/status/status.h: add @system//:absl to deps" in found[1]


def test_libraries_and_protos_may_come_through_deps() -> None:
    build = ('locus_proto(name = "p", src = "p.proto")\nlocus_proto(name = "q", src = "q.proto", deps = [":p"])\n')
    user = 'locus_library(name = "u", srcs = ["u.cc"], deps = ["//proto/v1:q"])'
    tree = make_tree(proto__v1__BUILD_dot_bazel=build, y__BUILD_dot_bazel=user,
                     y__u_dot_cc='#include "proto/v1/p.pb.h"\n#include "google/protobuf/message.h"\n')
    assert not problems(rules.includes_are_covered_by_deps, tree)


# --- calls -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [
    "std::this_thread::sleep_for(1ms);", "usleep(3);", "auto t = std::chrono::system_clock::now();", 'getenv("HOME");',
    "int r = rand();", "absl::Mutex mutex_;", "absl::string_view v;", "std::cout << 1;", "std::cerr << 1;",
    "using namespace std;", "strcpy(a, b);", "std::regex r;", 'system("ls");', "assert(x);",
])
def test_a_banned_call_is_found_outside_its_place(code: str) -> None:
    assert len(problems(rules.banned_calls, one("extender/http/a.cc", code + "\n"))) == 1


@pytest.mark.parametrize(("path", "code"), [
    ("extender/main.cc", 'getenv("HOME");'),
    ("common/clock.h", "std::chrono::system_clock::now();"),
    ("tests/unit/a.cc", "std::this_thread::sleep_for(1ms);"),
    ("locusctl/main.cc", "std::cout << 1;"),
    ("extender/a.cc", "// rand() would be wrong"),
    ("extender/a.cc", 'Log("do not call rand()");'),
    ("extender/a.cc", "static_assert(x); snprintf(a, b, c); operand(1); std::string_view v;"),
])
def test_calls_in_their_place_and_words_pass(path: str, code: str) -> None:
    assert not problems(rules.banned_calls, one(path, code + "\n"))


# --- size and shape --------------------------------------------------------------------------------------------------


def test_large_files_are_found() -> None:
    assert problems(rules.files_are_small, one("a/b.cc", "x\n" * 501))
    assert not problems(rules.files_are_small, one("a/b.cc", "x\n" * 500))
    assert problems(rules.files_are_small, one("a/main.cc", "x\n" * 121))
    assert not problems(rules.files_are_small, one("docs/a.md", "x\n" * 5000))
    assert problems(rules.files_are_small, one("a.bin", "x" * (513 << 10)))


def test_long_lines_are_counted_in_characters() -> None:
    assert problems(rules.lines_are_short, one("a.cc", "x" * 121))
    assert not problems(rules.lines_are_short, one("a.cc", "█" * 120))
    assert not problems(rules.lines_are_short, one("a.md", "x" * 500))
    sample = 'constexpr const char* kJson = R"({' + "x" * 200 + '})";\n'
    assert not problems(rules.lines_are_short, one("tests/a.cc", sample))
    assert problems(rules.lines_are_short, one("extender/a.cc", sample))
    assert problems(rules.lines_are_short, one("tests/a.cc", "x " * 100))


def test_long_functions_are_found() -> None:
    body = "void F() {\n" + "  G();\n" * 69 + "}\n"
    found = problems(rules.functions_are_short, one("a/b.cc", "namespace a {\n" + body + "}\n"))
    assert len(found) == 1 and "a function of 71 lines" in found[0] and found[0].startswith("a/b.cc:2: ")
    assert not problems(rules.functions_are_short, one("a/b.cc", body.replace("  G();\n", "", 1)))


def test_headers_need_a_guard_and_a_subject() -> None:
    assert problems(rules.headers_have_a_guard, one("a/b.h", "// Subject.\nint x;\n"))
    assert problems(rules.headers_begin_with_their_subject, one("a/b.h", "#pragma once\n"))
    good = one("a/b.h", "// Subject.\n#pragma once\n")
    assert not problems(rules.headers_have_a_guard, good)
    assert not problems(rules.headers_begin_with_their_subject, good)


def test_headers_without_words_get_advice() -> None:
    assert problems(rules.headers_carry_the_contract, one("a/b.h", "// Subject.\n" + "int x;\n" * 60))
    assert not problems(rules.headers_carry_the_contract, one("a/b.h", "// Says.\nint x;\n" * 60))


def test_scripts_and_their_bits_agree() -> None:
    assert problems(rules.scripts_are_executable, one("tools/x", "#!/bin/sh\n"))
    assert problems(rules.scripts_are_executable, one("a.cc", "int x;\n", executable=True))
    assert not problems(rules.scripts_are_executable, one("tools/x", "#!/bin/sh\n", executable=True))


def test_files_end_well() -> None:
    assert problems(rules.files_end_well, one("a.cc", "int x;"))
    assert problems(rules.files_end_well, one("a.cc", "int x;\n\n"))
    assert problems(rules.files_end_well, one("a.cc", "int x; \n"))
    assert problems(rules.files_end_well, one("a.cc", "\tint x;\n"))
    assert problems(rules.files_end_well, Tree([File("a.cc", b"// \xff\n")]))
    assert not problems(rules.files_end_well, one("a.cc", "int x;\n"))
    assert not problems(rules.files_end_well, Tree([File("a.png", b"\0\xff")]))


# --- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [
    "// TO" "DO: later", "FIX" "ME", "/wo" "rk/main/x", '"/ro' 'ot/.cache"', "cd /ho" "me/someone/x",
    "https://py" "pi.org/simple", "image: reg" "istry.k8s.io/etcd", "../sha" "red/design.md", "see is" "sue 3",
])
def test_words_that_must_not_stay_are_found(text: str) -> None:
    assert len(problems(rules.words_that_must_not_stay, one("a/b.txt", text + "\n"))) == 1


@pytest.mark.parametrize("text", [
    "the workers reach the root of the tree", "a/work/b", "$HOME/work", "~/work", "issues are listed", "tissue 3",
    "k8s.io/api", "namespace/work", "XXL",
])
def test_innocent_words_pass(text: str) -> None:
    assert not problems(rules.words_that_must_not_stay, one("a/b.txt", text + "\n"))


# --- documents -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("link", ["gone.md", "../gone/", "b.md#no-such-heading", "#nothing", "/docs/gone.md"])
def test_links_that_lead_nowhere_are_found(link: str) -> None:
    tree = make_tree(docs__a_dot_md=f"# Top\n\n[x]({link})\n", docs__b_dot_md="# Other\n")
    assert len(problems(rules.links_lead_somewhere, tree)) == 1


@pytest.mark.parametrize("link", [
    "b.md", "b.md#some-heading-with-code", "#top", "../src", "../src/x.cc", "https://example.com/x", "/docs/b.md",
    "mailto:a@example.com", "#top-1",
])
def test_links_that_lead_somewhere_pass(link: str) -> None:
    tree = make_tree(docs__a_dot_md=f"# Top\n# Top\n\n[x]({link})\n`[y](gone.md)`\n```\n[z](gone.md)\n```\n",
                     docs__b_dot_md="## Some heading, with `code`\n", src__x_dot_cc="")
    assert not problems(rules.links_lead_somewhere, tree)


@pytest.mark.parametrize(("quoted", "count"), [
    ("log: `a folder is gone`", 0), ("later log: `a folder is gone: wait`", 0), ("log of the worker: `folder is`", 1),
    ("Log: `a folder has gone`", 1), ("`a folder has gone`", 0), ("log: `a`, log: `b`", 1),
])
def test_log_lines_that_nobody_writes_are_found(quoted: str, count: int) -> None:
    tree = make_tree(docs__a_dot_md=quoted, m__a_dot_cc='LogWarning("a folder is gone: "\n    "wait", {});\n')
    assert len(problems(rules.quoted_log_lines_are_written, tree)) == count


# --- metrics ---------------------------------------------------------------------------------------------------------

ROW = "| `locus_meta_files` | gauge | | files | in the index | near the bound |\n"
SOURCE = 'metrics.GetGauge("locus_meta_files", "Files.");\n'


def test_metrics_that_only_one_side_knows_are_found() -> None:
    both = make_tree(docs__metrics_dot_md=ROW, m__a_dot_cc=SOURCE)
    assert not problems(rules.metrics_are_documented, both)
    (found,) = problems(rules.metrics_are_documented, make_tree(docs__metrics_dot_md="", m__a_dot_cc=SOURCE))
    assert found.startswith("m/a.cc:1: locus_meta_files is not in docs/metrics.md")
    stale = make_tree(docs__metrics_dot_md=ROW, m__a_dot_cc="int x;\n")
    (found,) = problems(rules.metrics_are_documented, stale)
    assert found.startswith("docs/metrics.md:1: no source registers locus_meta_files")
    tests_alone = make_tree(docs__metrics_dot_md=ROW, m__a_dot_cc=SOURCE, tests__b_dot_cc='"locus_meta_more_total"')
    assert not problems(rules.metrics_are_documented, tests_alone)


@pytest.mark.parametrize("page", [ROW * 2, ROW.replace("gauge", "number"), ROW.replace(" files |", " |")])
def test_a_page_of_metrics_that_cannot_be_read_is_found(page: str) -> None:
    assert len(problems(rules.metrics_are_documented, make_tree(docs__metrics_dot_md=page, m__a_dot_cc=SOURCE))) == 1
    assert problems(rules.metrics_are_documented, one("m/a.cc", SOURCE))


def test_names_of_metrics_in_pieces_are_found() -> None:
    assert problems(rules.metric_names_are_written_in_full, one("m/a.cc", 'Get("locus_meta_" + name);\n'))
    assert problems(rules.metric_names_are_written_in_full, one("m/a.cc", 'Get("locus_worker_agent_" + name);\n'))
    assert not problems(rules.metric_names_are_written_in_full, one("m/a.cc", SOURCE))
    assert not problems(rules.metric_names_are_written_in_full, one("tests/a.cc", 'Has("locus_meta_" + name);\n'))


@pytest.mark.parametrize(("text", "count"), [
    ("`locus_meta_files`, locus_meta_files{a=1}", 0), ("see locus_meta_file", 1), ("locus_meta_files_total", 1),
    ("all of `locus_meta_*` and locus_meta_fi*", 0), ("locus_meta_files_bucket", 1), ("locus_extender_x_sum", 1),
    ("cluster:locus_meta_x:rate5m", 0),
])
def test_metrics_that_documents_and_dashboards_make_up_are_found(text: str, count: int) -> None:
    for path in ("docs/a.md", "manifests/observability/dashboard.json"):
        tree = Tree([File("docs/metrics.md", ROW.encode()), File(path, text.encode())])
        assert len(problems(rules.metrics_spoken_of_exist, tree)) == count


def test_of_a_histogram_its_parts_may_be_spoken_of() -> None:
    row = "| `locus_meta_wait_seconds` | histogram | | seconds | waits | long |\n"
    tree = make_tree(docs__metrics_dot_md=row, docs__a_dot_md="locus_meta_wait_seconds_bucket\n")
    assert not problems(rules.metrics_spoken_of_exist, tree)


def test_every_rule_is_tested_here() -> None:
    with open(__file__, encoding="utf-8") as own:
        text = own.read()
    for rule in rules.RULES + rules.WARNINGS:
        assert f"rules.{rule.__name__}" in text
