#include <catch2/catch.hpp>
#include <set>

#include "extender/cluster/cluster_view.h"

using namespace locus::extender;

TEST_CASE("executors of one application and profile are a group", "[group]") {
  const GroupKey one = GroupOf("ns", "", "spark-1", "executor", "0", "owner", "uid-1");
  CHECK(one == GroupOf("ns", "", "spark-1", "executor", "0", "other", "uid-2"));
  CHECK(one != GroupOf("ns", "", "spark-1", "executor", "1", "owner", "uid-1"));
  CHECK(one != GroupOf("ns", "", "spark-2", "executor", "0", "owner", "uid-1"));
  CHECK(one != GroupOf("other", "", "spark-1", "executor", "0", "owner", "uid-1"));
}

TEST_CASE("a driver is no member of its executors' group", "[group]") {
  CHECK(GroupOf("ns", "", "spark-1", "driver", "", "", "uid-d") == GroupOf("ns", "", "", "", "", "", "uid-d"));
}

TEST_CASE("pods of one controller are a group, a pod without one is alone", "[group]") {
  CHECK(GroupOf("ns", "", "", "", "", "job-1", "uid-1") == GroupOf("ns", "", "", "", "", "job-1", "uid-2"));
  CHECK(GroupOf("ns", "", "", "", "", "", "uid-1") != GroupOf("ns", "", "", "", "", "", "uid-2"));
  // An executor without an application has nothing in common with others like it.
  CHECK(GroupOf("ns", "", "", "executor", "0", "", "uid-1") != GroupOf("ns", "", "", "executor", "0", "", "uid-2"));
}

TEST_CASE("a pod without application, controller or annotation is in no group that others may join", "[group]") {
  CHECK(IsLone(GroupOf("ns", "", "", "", "", "", "uid-1")));
  CHECK(IsLone(GroupOf("ns", "", "spark-1", "driver", "", "", "uid-d")));
  CHECK_FALSE(IsLone(GroupOf("ns", "", "spark-1", "executor", "0", "", "uid-1")));
  CHECK_FALSE(IsLone(GroupOf("ns", "", "", "", "", "job-1", "uid-1")));
  CHECK_FALSE(IsLone(GroupOf("ns", "pod", "", "", "", "", "uid-1")));
  CHECK_FALSE(IsLone(GroupKey()));
}

TEST_CASE("the annotation wins, within its namespace", "[group]") {
  const GroupKey one = GroupOf("ns", "etl", "spark-1", "executor", "0", "owner", "uid-1");
  CHECK(one == GroupOf("ns", "etl", "", "", "", "", "uid-2"));
  CHECK(one == GroupOf("ns", "  etl ", "", "", "", "", "uid-2"));
  CHECK(one != GroupOf("other", "etl", "", "", "", "", "uid-2"));
}

TEST_CASE("a blank or overlong annotation counts as absent", "[group]") {
  const GroupKey without = GroupOf("ns", "", "spark-1", "executor", "0", "", "uid-1");
  CHECK(GroupOf("ns", "   ", "spark-1", "executor", "0", "", "uid-1") == without);
  CHECK(GroupOf("ns", std::string(254, 'x'), "spark-1", "executor", "0", "", "uid-1") == without);
  CHECK(GroupOf("ns", std::string(253, 'x'), "spark-1", "executor", "0", "", "uid-1") != without);
}

TEST_CASE("parts of a group's name cannot be taken for each other", "[group]") {
  const std::set<GroupKey> all = {
      GroupOf("a", "", "b", "executor", "c", "", ""), GroupOf("a", "", "bc", "executor", "", "", ""),
      GroupOf("ab", "", "", "executor", "c", "", ""), GroupOf("a", "", "", "", "", "b", ""),
      GroupOf("a", "", "", "", "", "", "b"),          GroupOf("a", "b", "", "", "", "", ""),
      GroupOf("a", "b/c", "", "", "", "", ""),        GroupOf("a", "spark/b/c", "", "", "", "", ""),
  };
  CHECK(all.size() == 8);
}
