#include "alluxio_meta/applications/watched_applications.h"

#include <catch2/catch.hpp>

#include "common/testing/fake_clock.h"
#include "tests/unit/alluxio_meta/applications/pods.h"

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;

TEST_CASE("lists and events of a watch make up the applications", "[applications]") {
  FakeClock clock;
  WatchedApplications applications(100, clock);
  applications.Begin();
  applications.Page({MakeExecutor("a", 1, "10.9.0.1"), MakeExecutor("b", 1, "10.9.0.2")});
  applications.End();
  CHECK(applications.All("").size() == 2);
  applications.Event({true, MakeExecutor("a", 2, "10.9.0.3")});
  CHECK(applications.Identify("10.9.0.3", "").caller->application->key.id == "a");
  applications.Event({false, MakeExecutor("b", 1, "10.9.0.2")});
  CHECK(applications.Find("", "b").empty());
  CHECK(applications.OfPod("default", "a-exec-2").size() == 1);
  CHECK(applications.counts().pods == 2);
}

TEST_CASE("the age of what is known counts from the server's last word", "[applications]") {
  FakeClock clock;
  WatchedApplications applications(100, clock);
  CHECK_FALSE(applications.Age().has_value());
  applications.Heard();
  clock.Advance(3s);
  CHECK(applications.Age() == Duration(3s));
}
