#include "locusctl/completion/candidates.h"

#include <catch2/catch.hpp>

using namespace locus::ctl;

namespace {

CommandDescription Program() {
  CommandDescription program;
  program.name = "p";
  program.flags = {{{"-o", "--output"}, "FORMAT", "how", {"table", "json"}, "table", false},
                   {{"--quiet"}, "", "say little", {}, "", false}};
  CommandDescription load;
  load.name = "load";
  load.summary = "brings it";
  load.flags = {{{"--tier"}, "TIER", "where to", {"MEM", "SSD"}, "", false},
                {{"--template"}, "FILE", "a file", {}, "", false},
                {{"--folder"}, "FOLDER", "a folder", {}, "", false},
                {{"--rate"}, "RATE", "how fast", {}, "", false}};
  load.arguments = {{"URI", "what", {}, false, true}};
  CommandDescription locality;
  locality.name = "locality";
  locality.summary = "shows it";
  locality.arguments = {{"URI", "what", {}, true, true}};
  CommandDescription doctor;
  doctor.name = "doctor";
  doctor.summary = "judges";
  CommandDescription cluster;
  cluster.name = "cluster";
  cluster.summary = "all of it";
  cluster.flags = {{{"--output"}, "N", "another one", {"x"}, "", false}};
  doctor.verbs = {cluster};
  CommandDescription completion;
  completion.name = "completion";
  completion.arguments = {{"SHELL", "for which", {"bash", "zsh"}, false, true}};
  program.verbs = {load, locality, doctor, completion};
  return program;
}

std::string Complete(const std::vector<std::string>& words) { return CandidatesText(Candidates(Program(), words)); }

}  // namespace

TEST_CASE("a verb is completed with what it does", "[completion]") {
  CHECK(Complete({"lo"}) == "load\tbrings it\nlocality\tshows it\n:4\n");
  CHECK(Complete({"x"}) == ":4\n");
  CHECK(Complete({""}) == "load\tbrings it\nlocality\tshows it\ndoctor\tjudges\ncompletion\n:4\n");
  CHECK(Complete({}) == Complete({""}));
}

TEST_CASE("a verb of a verb is completed", "[completion]") {
  CHECK(Complete({"doctor", ""}) == "cluster\tall of it\n:4\n");
  CHECK(Complete({"--quiet", "doctor", "c"}) == "cluster\tall of it\n:4\n");
}

TEST_CASE("flags of the verb come before those of the program", "[completion]") {
  CHECK(Complete({"load", "--t"}) == "--tier\twhere to\n--template\ta file\n:4\n");
  CHECK(Complete({"load", "-"}) ==
        "--tier\twhere to\n--template\ta file\n--folder\ta folder\n--rate\thow fast\n--output\thow\n--quiet\tsay "
        "little\n:4\n");
  CHECK(Complete({"load", "-o"}) == "-o\thow\n:4\n");
}

TEST_CASE("a flag that was given is not offered again", "[completion]") {
  CHECK(Complete({"load", "--tier", "MEM", "--t"}) == "--template\ta file\n:4\n");
  CHECK(Complete({"load", "--tier=MEM", "--t"}) == "--template\ta file\n:4\n");
  CHECK(Complete({"-o", "json", "--out"}) == "--output\thow\n:4\n");
}

TEST_CASE("an inner flag hides an outer one of its name", "[completion]") {
  CHECK(Complete({"doctor", "cluster", "--output", ""}) == "x\n:4\n");
  CHECK(Complete({"doctor", "cluster", "--out"}) == "--output\tanother one\n:4\n");
}

TEST_CASE("values are completed behind the flag and behind '='", "[completion]") {
  CHECK(Complete({"load", "--tier", ""}) == "MEM\nSSD\n:4\n");
  CHECK(Complete({"load", "--tier", "S"}) == "SSD\n:4\n");
  CHECK(Complete({"load", "--tier=S"}) == "SSD\n:4\n");
  CHECK(Complete({"-o", "j"}) == "json\n:4\n");
  CHECK(Complete({"load", "--rate", "1"}) == ":4\n");
  CHECK(Complete({"load", "--quiet=x"}) == ":4\n");
  CHECK(Complete({"load", "--none=x"}) == ":4\n");
}

TEST_CASE("files and folders are left to the shell", "[completion]") {
  CHECK(Complete({"load", "--template", "a"}) == ":0\n");
  CHECK(Complete({"load", "--template=a"}) == ":0\n");
  CHECK(Complete({"load", "--folder", ""}) == ":16\n");
}

TEST_CASE("an argument's choices are offered once, any others not at all", "[completion]") {
  CHECK(Complete({"completion", ""}) == "bash\nzsh\n:4\n");
  CHECK(Complete({"completion", "z"}) == "zsh\n:4\n");
  CHECK(Complete({"completion", "bash", ""}) == ":4\n");
  CHECK(Complete({"load", ""}) == ":4\n");
}

TEST_CASE("behind two dashes anything may come", "[completion]") {
  CHECK(Complete({"load", "--", "--t"}) == ":0\n");
  CHECK(Complete({"load", "--rate", "--", "--te"}) == "--template\ta file\n:4\n");
}
