#include "extender/gate/gate_patch.h"

#include <catch2/catch.hpp>

using namespace locus::extender;

namespace {

GateAction ActionOf(GateAction::Kind kind) {
  GateAction action;
  action.kind = kind;
  action.space = "jobs";
  action.name = "exec-1";
  action.uid = "4f1c";
  return action;
}

}  // namespace

TEST_CASE("opening removes our gate alone, of the very pod, and notes the planned node", "[gate]") {
  GateAction action = ActionOf(GateAction::Kind::kOpen);
  CHECK(PatchOf(action) ==
        R"({"metadata":{"uid":"4f1c"},"spec":{"schedulingGates":[{"$patch":"delete","name":"locus.dev/locality"}]}})");
  action.node = "node-7";
  CHECK(PatchOf(action) == R"({"metadata":{"uid":"4f1c","annotations":{"locus.dev/planned-node":"node-7"}},)"
                           R"("spec":{"schedulingGates":[{"$patch":"delete","name":"locus.dev/locality"}]}})");
}

TEST_CASE("opening at the deadline tells so in the same write", "[gate]") {
  GateAction action = ActionOf(GateAction::Kind::kOpen);
  action.wake = "deadline-5";
  CHECK(PatchOf(action) == R"({"metadata":{"uid":"4f1c","annotations":{"locus.dev/wake":"deadline-5"}},)"
                           R"("spec":{"schedulingGates":[{"$patch":"delete","name":"locus.dev/locality"}]}})");
}

TEST_CASE("waking changes one annotation and nothing else", "[gate]") {
  GateAction action = ActionOf(GateAction::Kind::kWake);
  action.wake = "room-12";
  CHECK(PatchOf(action) == R"({"metadata":{"uid":"4f1c","annotations":{"locus.dev/wake":"room-12"}}})");
}

TEST_CASE("text that is no UTF-8 makes a patch all the same", "[gate]") {
  GateAction action = ActionOf(GateAction::Kind::kOpen);
  action.node = "\xff";
  CHECK(PatchOf(action).find("planned-node\":\"\xEF\xBF\xBD\"") != std::string::npos);
}
