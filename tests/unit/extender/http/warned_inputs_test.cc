#include "extender/http/warned_inputs.h"

#include <catch2/catch.hpp>

using namespace locus;
using namespace locus::extender;
using namespace std::chrono_literals;

TEST_CASE("an input is warned of once an hour", "[warned_inputs]") {
  WarnedInputs warned;
  const SteadyTime start(100h);
  CHECK(warned.ShouldWarn("/a", start));
  CHECK_FALSE(warned.ShouldWarn("/a", start + 59min));
  CHECK(warned.ShouldWarn("/b", start + 59min));
  CHECK(warned.ShouldWarn("/a", start + 60min));
  CHECK_FALSE(warned.ShouldWarn("/a", start + 61min));
}

TEST_CASE("a thousand inputs are warned of, then no more until the oldest fall out", "[warned_inputs]") {
  WarnedInputs warned;
  const SteadyTime start(100h);
  for (size_t i = 0; i < WarnedInputs::kMaxInputs; ++i) CHECK(warned.ShouldWarn("/" + std::to_string(i), start));
  CHECK_FALSE(warned.ShouldWarn("/more", start));
  CHECK_FALSE(warned.ShouldWarn("/more", start + 59min));
  CHECK(warned.ShouldWarn("/more", start + 61min));
}
