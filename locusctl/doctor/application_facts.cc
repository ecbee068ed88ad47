#include "locusctl/doctor/application_facts.h"

#include <string_view>

#include "locusctl/holder.h"

namespace locus::ctl {
namespace {

constexpr std::string_view kPrefix = "locus.dev/";

std::string StateWord(const v1::InputLocality& input) {
  switch (input.state()) {
    case v1::InputLocality::UNKNOWN: return "there is no such path";
    case v1::InputLocality::PENDING: return "locus-meta has no answer yet";
    case v1::InputLocality::INVALID: return "it is malformed, or below no mount";
    default: return "state " + std::to_string(static_cast<int>(input.state()));
  }
}

PodFacts PodOf(const v1::ApplicationPod& pod) {
  PodFacts facts;
  facts.name = pod.name();
  facts.driver = pod.role() == v1::ApplicationPod::DRIVER;
  facts.number = pod.number();
  facts.node = pod.node();
  facts.address = pod.address();
  facts.host_address = pod.host_address();
  facts.host_network = pod.host_network();
  facts.ended = pod.ended();
  facts.scheduler = pod.scheduler();
  facts.alluxio_hostname = pod.alluxio_user_hostname();
  for (const auto& [name, value] : pod.annotations()) {
    facts.annotations[name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name] = value;
  }
  for (const v1::WorkerTraffic& read : pod.read()) {
    facts.reads.push_back({read.worker().host(), read.node(), read.bytes()});
  }
  return facts;
}

CallerFacts CallerOf(const v1::FrontCaller& caller) {
  CallerFacts facts;
  facts.address = caller.address();
  facts.pod = caller.pod();
  facts.listings = caller.listings();
  facts.opens = caller.opens();
  facts.blocks = caller.blocks();
  facts.rewritten = caller.rewritten();
  facts.without_executor = caller.without_executor();
  facts.uncached = caller.uncached();
  facts.executors = caller.executors();
  facts.last_listing_ms = caller.last_listing().seconds() * 1000 + caller.last_listing().nanos() / 1'000'000;
  return facts;
}

}  // namespace

ApplicationFacts FactsOf(const v1::Application& application) {
  ApplicationFacts facts;
  facts.space = application.namespace_();
  facts.id = application.id();
  facts.name = application.name();
  facts.front = application.front();
  facts.pods_age_ms = application.pods_age_ms();
  for (const v1::ApplicationPod& pod : application.pods()) facts.pods.push_back(PodOf(pod));
  for (const v1::FrontCaller& caller : application.callers()) facts.callers.push_back(CallerOf(caller));
  return facts;
}

std::vector<InputFacts> FactsOf(const v1::GetLocalityResponse& response) {
  std::vector<InputFacts> inputs;
  for (const v1::InputLocality& input : response.inputs()) {
    InputFacts facts;
    facts.input = input.input();
    facts.known = input.state() == v1::InputLocality::KNOWN;
    if (!facts.known) facts.problem = input.problem().empty() ? StateWord(input) : input.problem();
    facts.length_bytes = input.length_bytes();
    facts.cached_bytes = input.cached_bytes();
    for (const v1::HolderLocality& holder : input.holders()) {
      facts.nodes[holder.node()] += FiguresOf(holder.tiers()).total();
    }
    inputs.push_back(std::move(facts));
  }
  return inputs;
}

std::vector<WorkerFacts> FactsOf(const v1::ListWorkersResponse& response) {
  std::vector<WorkerFacts> workers;
  for (const v1::Worker& worker : response.workers().workers()) {
    workers.push_back({worker.address().host(), worker.node(), worker.state() != v1::Worker::LOST,
                       worker.blocks_from() == v1::Worker::REPORT});
  }
  return workers;
}

}  // namespace locus::ctl
