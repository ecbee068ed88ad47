#include "locusctl/completion/manual.h"

#include <catch2/catch.hpp>

using namespace locus::ctl;

namespace {

bool Contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("nothing in a text is a request of roff", "[manual]") {
  CHECK(RoffText(".TH a-b \\x 'c' `d` ~/e\nf") == "\\&.TH a\\-b \\ex \\(aqc\\(aq \\(gad\\(ga \\(ti/e f");
  CHECK(RoffText("'x") == "\\&\\(aqx");
  CHECK(RoffText("").empty());
}

TEST_CASE("each verb has its flags, its arguments and its own verbs", "[manual]") {
  CommandDescription program;
  program.flags = {{{"-o", "--output"}, "FORMAT", "how", {"table", "json"}, "table", false}};
  CommandDescription doctor;
  doctor.name = "doctor";
  doctor.summary = "judges";
  doctor.footer = "More about it.";
  doctor.flags = {{{"--app"}, "ID", "which", {}, "", true}, {{"--dry"}, "", "only say", {}, "", false}};
  doctor.arguments = {{"URI", "what", {}, true, true}, {"SHELL", "where", {"bash", "zsh"}, false, true}};
  CommandDescription cluster;
  cluster.name = "cluster";
  cluster.summary = "all of it";
  doctor.verbs = {cluster};
  program.verbs = {doctor};
  const std::string page = ManualPage(program);
  CHECK(page.starts_with(".\\\" "));
  CHECK(Contains(page, "\n.TH LOCUSCTL 1 "));
  CHECK(Contains(page, ".TP\n\\fB\\-o\\fR, \\fB\\-\\-output\\fR \\fIFORMAT\\fR\nhow: table, json (default: table).\n"));
  CHECK(Contains(page,
                 ".SS \\fBdoctor\\fR \\fB\\-\\-app\\fR \\fIID\\fR [\\fIFLAGS\\fR] \\fIURI\\fR... bash|zsh\njudges.\n"));
  CHECK(Contains(page, ".PP\nMore about it.\n"));
  CHECK(Contains(page, ".TP\n\\fB\\-\\-app\\fR \\fIID\\fR\nwhich. Must be given.\n"));
  CHECK(Contains(page, ".TP\n\\fB\\-\\-dry\\fR\nonly say.\n"));
  CHECK(Contains(page, ".TP\n\\fIURI\\fR\nwhat.\n"));
  CHECK(Contains(page, ".SS \\fBdoctor cluster\\fR\nall of it.\n"));
  for (const char* section : {"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS", "EXIT STATUS", "ENVIRONMENT",
                              "EXAMPLES", "SEE ALSO"}) {
    INFO(section);
    CHECK(Contains(page, std::string("\n.SH ") + section + "\n"));
  }
}
