// The applications that the API server's pods make up, and who is at which address. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "alluxio_meta/applications/application.h"
#include "alluxio_meta/applications/ip_range.h"
#include "kube/objects.h"

namespace locus::meta {

// Comma-separated IP addresses or CIDR ranges from which an application's driver calls.
inline constexpr std::string_view kDriverAddressAnnotation = "locus.dev/driver-address";
// First label of the host name by which an application calls the front, and no other one does.
inline constexpr std::string_view kFrontNameAnnotation = "locus.dev/front-name";

struct ApplicationCounts {
  size_t applications = 0;
  size_t pods = 0;
  // Since the start: pods that found no room.
  uint64_t refused_pods = 0;
};

// Not thread-safe. Pods of one application have the same namespace and the same label spark-app-selector; pods without
// it are passed over. A pod whose label changes moves.
class ApplicationTable {
 public:
  explicit ApplicationTable(size_t max_pods) : max_pods_(max_pods) {}

  // A list: what is not named between Begin and End is gone. Begin again: the list starts over.
  void Begin();
  void End();
  // A pod as it is now; also between Begin and End.
  void Put(const kube::Pod& pod);
  void Remove(const std::string& space, const std::string& name);

  // In this order:
  //
  // 1. a pod's own address;
  // 2. a node's address, where pods with hostNetwork share it, or the address of the driver in SPARK_DRIVER_URL of
  //    executors, or one in an annotation locus.dev/driver-address;
  // 3. the annotation locus.dev/front-name, among the applications that fit the address, or among all where none does.
  //
  // A step that fits one application ends the search, and so does the last one that fits any. Pods that have ended do
  // not count.
  Identification Identify(std::string_view address, std::string_view dialled) const;

  // Empty `space`: any. By key.
  std::vector<std::shared_ptr<const Application>> All(std::string_view space) const;
  std::vector<std::shared_ptr<const Application>> Find(std::string_view space, std::string_view id) const;
  std::vector<std::shared_ptr<const Application>> OfPod(std::string_view space, std::string_view pod) const;
  ApplicationCounts counts() const;

 private:
  using PodKey = std::pair<std::string, std::string>;
  struct Record {
    ApplicationKey application;
    std::string application_name;
    ApplicationPod pod;
    // List that named it last.
    uint64_t list = 0;
  };
  struct State {
    // Pods by name; the records live as long as they are in it.
    std::map<std::string, const Record*> pods;
    // Made when somebody asks; null after a change.
    mutable std::shared_ptr<const Application> made;
  };
  // Application -> how many of its pods claim it.
  using Claims = std::map<ApplicationKey, uint32_t>;
  using Keys = std::map<ApplicationKey, Recognised>;

  // Adds the record to all books, or takes it out of them.
  void Enter(const PodKey& key, const Record& record);
  void Leave(const PodKey& key, const Record& record);
  template <typename F>
  void ForEachClaim(const Record& record, F f);
  void Erase(std::map<PodKey, Record>::iterator place);
  // Applications at an address that several may share.
  Keys Sharing(const std::string& address) const;
  Identification ByName(const Keys& among, std::string_view dialled) const;
  CallerIdentity Make(const ApplicationKey& key, Recognised by, std::string pod) const;
  std::shared_ptr<const Application> Made(const ApplicationKey& key, const State& state) const;

  const size_t max_pods_;
  std::map<PodKey, Record> pods_;
  std::map<ApplicationKey, State> applications_;
  // By canonical address; pods that have not ended.
  std::unordered_map<std::string, std::map<PodKey, const Record*>> by_address_;
  std::unordered_map<std::string, Claims> by_driver_;
  std::map<IpRange, Claims> by_range_;
  std::unordered_map<std::string, Claims> by_front_name_;
  uint64_t list_ = 0;
  uint64_t refused_ = 0;
};

}  // namespace locus::meta
