#include "locusctl/completion/shell_script.h"

#include <catch2/catch.hpp>

using namespace locus::ctl;

namespace {

bool Contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("each shell registers a function for the program that asks it", "[completion]") {
  CHECK(Contains(ShellScript("bash", "locusctl"), "\ncomplete -F _locusctl locusctl\n"));
  CHECK(ShellScript("zsh", "locusctl").starts_with("#compdef locusctl\n"));
  CHECK(Contains(ShellScript("fish", "locusctl"), "\ncomplete -c locusctl -f -a '(_locusctl)'\n"));
  for (const char* shell : {"bash", "zsh", "fish"}) {
    INFO(shell);
    const std::string script = ShellScript(shell, "locusctl");
    CHECK(Contains(script, "__complete"));
    CHECK_FALSE(Contains(script, "@PROGRAM"));
    CHECK_FALSE(Contains(script, "@FUNCTION"));
  }
}

TEST_CASE("a function's name has no dash", "[completion]") {
  CHECK(Contains(ShellScript("bash", "kubectl-locus"), "\ncomplete -F _kubectl_locus kubectl-locus\n"));
}
