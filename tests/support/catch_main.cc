// The main of every C++ test. Under Bazel (XML_OUTPUT_FILE set) it also writes a JUnit report with one entry a test
// case, which tools/dev adds up for its closing line.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace {

struct CaseResult {
  std::string name;
  bool passed = false;
};

std::vector<CaseResult>& Results() {
  static std::vector<CaseResult> results;
  return results;
}

std::string XmlEscape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

struct CaseListener final : Catch::TestEventListenerBase {
  using TestEventListenerBase::TestEventListenerBase;
  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    Results().push_back({stats.testInfo.name, stats.totals.testCases.allOk()});
  }
};
CATCH_REGISTER_LISTENER(CaseListener)

void WriteReport(const char* path) {
  std::ofstream out(path);
  size_t failures = 0;
  for (const CaseResult& r : Results()) failures += r.passed ? 0 : 1;
  out << "<testsuites><testsuite name=\"catch2\" tests=\"" << Results().size() << "\" failures=\"" << failures
      << "\">\n";
  for (const CaseResult& r : Results()) {
    out << "<testcase name=\"" << XmlEscape(r.name) << "\">" << (r.passed ? "" : "<failure/>") << "</testcase>\n";
  }
  out << "</testsuite></testsuites>\n";
}

}  // namespace

int main(int argc, char* argv[]) {
  Catch::Session session;
  const int problem = session.applyCommandLine(argc, argv);
  if (problem != 0) return problem;
  // A test program in which nothing ran is a mistake, not a success.
  session.configData().warnings =
      static_cast<Catch::WarnAbout::What>(session.configData().warnings | Catch::WarnAbout::NoTests);
  const int failed = session.run();
  if (const char* path = std::getenv("XML_OUTPUT_FILE")) WriteReport(path);
  return failed;
}
