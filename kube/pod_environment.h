// What Locus reads from the environment of a pod's containers. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace locus::kube {

struct EnvironmentVariable {
  std::string name;
  // As it is written; empty with a field path.
  std::string value;
  // valueFrom.fieldRef.fieldPath: "status.hostIP".
  std::string field_path;
};

// The pod's own fields that a variable may stand for.
struct PodFields {
  std::string name;
  std::string space;
  std::string node;
  std::string pod_ip;
  std::string host_ip;
};

// Whether any of the functions below looks at a variable of this name, other than to replace a reference to it.
bool IsOfInterest(std::string_view variable);

// The host in SPARK_DRIVER_URL (spark://CoarseGrainedScheduler@<host>:<port>), IPv6 without brackets; empty when there
// is none.
std::string SparkDriverHost(const std::vector<EnvironmentVariable>& variables);

// What the Java options in JAVA_TOOL_OPTIONS and SPARK_JAVA_OPT_<n> say of alluxio.user.hostname, with $(NAME) replaced
// as the kubelet does: by variables that stand before, which may stand for `fields`; a reference that cannot be
// replaced stays. The JVM takes the last of several, and those of its command line (SPARK_JAVA_OPT_<n>) after
// JAVA_TOOL_OPTIONS. Empty when there is none.
std::string AlluxioUserHostname(const std::vector<EnvironmentVariable>& variables, const PodFields& fields);

}  // namespace locus::kube
