// Applications as the front sees them: who is at which address, and where the executors are.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace locus::meta {

// Namespace, and the value of the label spark-app-selector.
struct ApplicationKey {
  std::string space;
  std::string id;
  auto operator<=>(const ApplicationKey&) const = default;
};

struct ApplicationPod {
  std::string name;
  std::string uid;
  bool driver = false;
  // Label spark-exec-id; 0 for a driver.
  uint64_t number = 0;
  // Kubernetes node; empty: not scheduled.
  std::string node;
  // status.podIP, by which Spark calls an executor; empty: not started.
  std::string address;
  // status.hostIP.
  std::string host_address;
  bool host_network = false;
  // Phase Succeeded or Failed, or about to be deleted: its address may be another pod's.
  bool ended = false;
  std::string scheduler;
  // Those with the prefix locus.dev/.
  std::map<std::string, std::string> annotations;
  // Host in SPARK_DRIVER_URL; empty for a driver.
  std::string driver_host;
  // -Dalluxio.user.hostname of its Java options, with references to the pod's own fields replaced; empty: not set.
  std::string alluxio_user_hostname;
};

// One state of an application; a change makes a new object.
struct Application {
  ApplicationKey key;
  // Label spark-app-name; may be empty.
  std::string name;
  // The driver first, then by number.
  std::vector<ApplicationPod> pods;
  // Kubernetes node -> addresses of the executors that run there, by number. Executors whose address is their node's
  // (hostNetwork) are in it too.
  std::map<std::string, std::vector<std::string>, std::less<>> executors;
};

// How a caller was recognised, from the surest to the weakest.
enum class Recognised { kPodAddress, kDriverUrl, kAnnotation, kName };

struct CallerIdentity {
  std::shared_ptr<const Application> application;
  Recognised by = Recognised::kPodAddress;
  // Its pod's name; empty when it is no pod of the application.
  std::string pod;
};

struct Identification {
  // Absent: nothing is changed for that caller.
  std::optional<CallerIdentity> caller;
  // Absent because more than one application fits.
  bool ambiguous = false;
};

// Who calls. Thread-safe; nothing blocks.
class ApplicationView {
 public:
  virtual ~ApplicationView() = default;
  // `address`: the peer's IP. `dialled`: the host name that the client says it has dialled; empty: not known.
  virtual Identification Identify(std::string_view address, std::string_view dialled) const = 0;
};

}  // namespace locus::meta
