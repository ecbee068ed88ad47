#include "kube/pod_environment.h"

#include <catch2/catch.hpp>

using namespace locus::kube;

namespace {

using Variables = std::vector<EnvironmentVariable>;

const PodFields kFields = {"exec-1", "default", "node-7", "10.9.0.1", "10.0.0.7"};

std::string DriverIn(const std::string& url) { return SparkDriverHost({{"SPARK_DRIVER_URL", url, ""}}); }

std::string HostnameIn(Variables variables) { return AlluxioUserHostname(variables, kFields); }

}  // namespace

TEST_CASE("the driver's host stands in its URL", "[kube]") {
  CHECK(DriverIn("spark://CoarseGrainedScheduler@192.168.1.5:7078") == "192.168.1.5");
  CHECK(DriverIn("spark://CoarseGrainedScheduler@app-driver-svc.ns.svc:7078") == "app-driver-svc.ns.svc");
  CHECK(DriverIn("spark://CoarseGrainedScheduler@[fd00::5]:7078") == "fd00::5");
  CHECK(DriverIn("").empty());
  CHECK(DriverIn("nonsense").empty());
  CHECK(SparkDriverHost({}).empty());
}

TEST_CASE("references in Java options are replaced as a kubelet does", "[kube]") {
  const EnvironmentVariable host = {"HOST_IP", "", "status.hostIP"};
  CHECK(HostnameIn({host, {"SPARK_JAVA_OPT_3", "-Dalluxio.user.hostname=$(HOST_IP)", ""}}) == "10.0.0.7");
  CHECK(HostnameIn({host, {"JAVA_TOOL_OPTIONS", "-Xmx1g  -Dalluxio.user.hostname=$(HOST_IP) -Da=b", ""}}) ==
        "10.0.0.7");
  CHECK(HostnameIn({{"N", "", "spec.nodeName"}, {"JAVA_TOOL_OPTIONS", "-Dalluxio.user.hostname=$(N).x", ""}}) ==
        "node-7.x");
  CHECK(HostnameIn({{"P", "", "status.podIP"}, {"JAVA_TOOL_OPTIONS", "-Dalluxio.user.hostname=$(P)", ""}}) ==
        "10.9.0.1");
  // One that stands behind is not known yet, and stays as it is.
  CHECK(HostnameIn({{"SPARK_JAVA_OPT_3", "-Dalluxio.user.hostname=$(HOST_IP)", ""}, host}) == "$(HOST_IP)");
  // A variable of variables; a $ that is meant.
  CHECK(HostnameIn({host, {"A", "$(HOST_IP)", ""}, {"JAVA_TOOL_OPTIONS", "-Dalluxio.user.hostname=$(A)", ""}}) ==
        "10.0.0.7");
  CHECK(HostnameIn({host, {"JAVA_TOOL_OPTIONS", "-Dalluxio.user.hostname=$$(HOST_IP)", ""}}) == "$(HOST_IP)");
  CHECK(HostnameIn({{"JAVA_TOOL_OPTIONS", "-Dalluxio.user.hostname=$(", ""}}) == "$(");
  CHECK(HostnameIn({{"JAVA_TOOL_OPTIONS", "-Dalluxio.user.hostname=a$", ""}}) == "a$");
}

TEST_CASE("the JVM takes the last option, and its command line's over the environment's", "[kube]") {
  CHECK(HostnameIn({{"SPARK_JAVA_OPT_0", "-Dalluxio.user.hostname=spark", ""},
                    {"JAVA_TOOL_OPTIONS", "-Dalluxio.user.hostname=tool", ""}}) == "spark");
  CHECK(HostnameIn({{"JAVA_TOOL_OPTIONS", "-Dalluxio.user.hostname=a -Dalluxio.user.hostname=b", ""}}) == "b");
  CHECK(HostnameIn({{"SPARK_JAVA_OPT_0", "-Dalluxio.user.hostname=a", ""}, {"SPARK_JAVA_OPT_1", "-Dother=c", ""}}) ==
        "a");
  CHECK(HostnameIn({{"OTHER", "-Dalluxio.user.hostname=a", ""}}).empty());
  CHECK(HostnameIn({}).empty());
}

TEST_CASE("environments without these variables are of no interest", "[kube]") {
  CHECK(IsOfInterest("SPARK_DRIVER_URL"));
  CHECK(IsOfInterest("SPARK_JAVA_OPT_12"));
  CHECK(IsOfInterest("JAVA_TOOL_OPTIONS"));
  CHECK_FALSE(IsOfInterest("HOST_IP"));
  CHECK_FALSE(IsOfInterest("PATH"));
}
