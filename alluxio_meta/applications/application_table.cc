#include "alluxio_meta/applications/application_table.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "alluxio_meta/nodes/host_name.h"

namespace locus::meta {
namespace {

constexpr std::string_view kSelector = "spark-app-selector";
// Addresses and ranges of one annotation that are read.
constexpr size_t kMaxRanges = 16;

std::string LabelOf(const kube::Pod& pod, std::string_view name) {
  const auto place = pod.labels.find(std::string(name));
  return place == pod.labels.end() ? "" : place->second;
}

std::string_view Trimmed(std::string_view text) {
  const size_t start = text.find_first_not_of(" \t");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

std::vector<IpRange> RangesIn(std::string_view text) {
  std::vector<IpRange> ranges;
  while (!text.empty() && ranges.size() < kMaxRanges) {
    const size_t comma = text.find(',');
    if (const auto range = ParseIpRange(Trimmed(text.substr(0, comma)))) ranges.push_back(*range);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return ranges;
}

ApplicationPod PodOf(const kube::Pod& from) {
  ApplicationPod pod;
  pod.name = from.name;
  pod.uid = from.uid;
  pod.driver = LabelOf(from, "spark-role") == "driver";
  const std::string number = LabelOf(from, "spark-exec-id");
  std::from_chars(number.data(), number.data() + number.size(), pod.number);
  pod.node = from.node;
  if (!from.ips.empty()) pod.address = from.ips.front();
  pod.host_address = from.host_ip;
  pod.host_network = from.host_network;
  pod.ended = from.finished || from.deleted;
  pod.scheduler = from.scheduler;
  pod.annotations = from.annotations;
  pod.driver_host = pod.driver ? "" : from.spark_driver_host;
  pod.alluxio_user_hostname = from.alluxio_user_hostname;
  return pod;
}

std::string FirstLabel(std::string_view host) {
  const std::string key = HostKey(host);
  return CanonicalIp(key) ? "" : key.substr(0, key.find('.'));
}

template <typename Book, typename Key>
void Count(Book& book, const Key& key, const ApplicationKey& application, bool enter) {
  if (enter) {
    ++book[key][application];
    return;
  }
  const auto claims = book.find(key);
  if (claims == book.end()) return;
  const auto claim = claims->second.find(application);
  if (claim == claims->second.end()) return;
  if (--claim->second == 0) claims->second.erase(claim);
  if (claims->second.empty()) book.erase(claims);
}

}  // namespace

void ApplicationTable::Begin() { ++list_; }

void ApplicationTable::End() {
  for (auto place = pods_.begin(); place != pods_.end();) {
    const auto next = std::next(place);
    if (place->second.list != list_) Erase(place);
    place = next;
  }
}

void ApplicationTable::Put(const kube::Pod& pod) {
  const PodKey key(pod.space, pod.name);
  const std::string id = LabelOf(pod, kSelector);
  const auto place = pods_.find(key);
  if (place != pods_.end()) Erase(place);
  if (id.empty()) return;
  if (pods_.size() >= max_pods_) {
    ++refused_;
    return;
  }
  const auto added =
      pods_.emplace(key, Record{{pod.space, id}, LabelOf(pod, "spark-app-name"), PodOf(pod), list_}).first;
  Enter(key, added->second);
}

void ApplicationTable::Remove(const std::string& space, const std::string& name) {
  const auto place = pods_.find(PodKey(space, name));
  if (place != pods_.end()) Erase(place);
}

void ApplicationTable::Erase(std::map<PodKey, Record>::iterator place) {
  Leave(place->first, place->second);
  pods_.erase(place);
}

template <typename F>
void ApplicationTable::ForEachClaim(const Record& record, F f) {
  const ApplicationPod& pod = record.pod;
  if (pod.ended) return;
  if (!pod.driver_host.empty()) f(by_driver_, HostKey(pod.driver_host));
  const auto ranges = pod.annotations.find(std::string(kDriverAddressAnnotation));
  if (ranges != pod.annotations.end()) {
    for (const IpRange& range : RangesIn(ranges->second)) f(by_range_, range);
  }
  const auto name = pod.annotations.find(std::string(kFrontNameAnnotation));
  if (name == pod.annotations.end()) return;
  if (const std::string label = FirstLabel(name->second); !label.empty()) f(by_front_name_, label);
}

void ApplicationTable::Enter(const PodKey& key, const Record& record) {
  State& state = applications_[record.application];
  state.pods[key.second] = &record;
  state.made = nullptr;
  if (!record.pod.ended && !record.pod.address.empty()) by_address_[HostKey(record.pod.address)][key] = &record;
  ForEachClaim(record, [&](auto& book, const auto& what) { Count(book, what, record.application, true); });
}

void ApplicationTable::Leave(const PodKey& key, const Record& record) {
  const auto state = applications_.find(record.application);
  state->second.pods.erase(key.second);
  state->second.made = nullptr;
  const auto at = by_address_.find(HostKey(record.pod.address));
  if (at != by_address_.end()) {
    at->second.erase(key);
    if (at->second.empty()) by_address_.erase(at);
  }
  ForEachClaim(record, [&](auto& book, const auto& what) { Count(book, what, record.application, false); });
  if (state->second.pods.empty()) applications_.erase(state);
}

Identification ApplicationTable::Identify(std::string_view address, std::string_view dialled) const {
  const std::string key = HostKey(address);
  const auto at = by_address_.find(key);
  if (at != by_address_.end()) {
    const Record* own = nullptr;
    for (const auto& [pod, record] : at->second) {
      if (record->pod.host_network) continue;
      if (own != nullptr && own->application != record->application) return {std::nullopt, true};
      own = record;
    }
    if (own != nullptr) return {Make(own->application, Recognised::kPodAddress, own->pod.name), false};
  }
  const Keys sharing = Sharing(key);
  if (sharing.size() != 1) return ByName(sharing, dialled);
  const auto& [application, by] = *sharing.begin();
  // Of several pods at a node's address nobody knows which one calls.
  const bool one_pod = by == Recognised::kPodAddress && at->second.size() == 1;
  return {Make(application, by, one_pod ? at->second.begin()->second->pod.name : ""), false};
}

ApplicationTable::Keys ApplicationTable::Sharing(const std::string& address) const {
  Keys keys;
  const auto at = by_address_.find(address);
  if (at != by_address_.end()) {
    for (const auto& [pod, record] : at->second) keys.emplace(record->application, Recognised::kPodAddress);
  }
  const auto add = [&keys](const Claims& claims, Recognised by) {
    for (const auto& [application, pods] : claims) keys.emplace(application, by);
  };
  const auto driver = by_driver_.find(address);
  if (driver != by_driver_.end()) add(driver->second, Recognised::kDriverUrl);
  const auto ip = ParseIp(address);
  if (!ip) return keys;
  for (const auto& [range, claims] : by_range_) {
    if (range.Contains(*ip)) add(claims, Recognised::kAnnotation);
  }
  return keys;
}

Identification ApplicationTable::ByName(const Keys& among, std::string_view dialled) const {
  const auto named = by_front_name_.find(FirstLabel(dialled));
  if (named == by_front_name_.end()) return {std::nullopt, !among.empty()};
  const ApplicationKey* found = nullptr;
  for (const auto& [application, pods] : named->second) {
    if (!among.empty() && among.count(application) == 0) continue;
    if (found != nullptr) return {std::nullopt, true};
    found = &application;
  }
  if (found == nullptr) return {std::nullopt, true};
  return {Make(*found, Recognised::kName, ""), false};
}

CallerIdentity ApplicationTable::Make(const ApplicationKey& key, Recognised by, std::string pod) const {
  return {Made(key, applications_.at(key)), by, std::move(pod)};
}

std::shared_ptr<const Application> ApplicationTable::Made(const ApplicationKey& key, const State& state) const {
  if (state.made != nullptr) return state.made;
  auto application = std::make_shared<Application>();
  application->key = key;
  for (const auto& [name, record] : state.pods) {
    application->pods.push_back(record->pod);
    if (application->name.empty()) application->name = record->application_name;
  }
  std::stable_sort(application->pods.begin(), application->pods.end(),
                   [](const ApplicationPod& a, const ApplicationPod& b) {
                     return std::tuple(!a.driver, a.number) < std::tuple(!b.driver, b.number);
                   });
  for (const ApplicationPod& pod : application->pods) {
    if (pod.driver || pod.ended || pod.node.empty() || pod.address.empty()) continue;
    application->executors[pod.node].push_back(pod.address);
  }
  state.made = std::move(application);
  return state.made;
}

std::vector<std::shared_ptr<const Application>> ApplicationTable::All(std::string_view space) const {
  std::vector<std::shared_ptr<const Application>> found;
  for (const auto& [key, state] : applications_) {
    if (space.empty() || key.space == space) found.push_back(Made(key, state));
  }
  return found;
}

std::vector<std::shared_ptr<const Application>> ApplicationTable::Find(std::string_view space,
                                                                       std::string_view id) const {
  std::vector<std::shared_ptr<const Application>> found;
  for (const auto& [key, state] : applications_) {
    if (key.id == id && (space.empty() || key.space == space)) found.push_back(Made(key, state));
  }
  return found;
}

std::vector<std::shared_ptr<const Application>> ApplicationTable::OfPod(std::string_view space,
                                                                        std::string_view pod) const {
  std::vector<std::shared_ptr<const Application>> found;
  for (const auto& [key, state] : applications_) {
    if (state.pods.count(std::string(pod)) != 0 && (space.empty() || key.space == space)) {
      found.push_back(Made(key, state));
    }
  }
  return found;
}

ApplicationCounts ApplicationTable::counts() const { return {applications_.size(), pods_.size(), refused_}; }

}  // namespace locus::meta
