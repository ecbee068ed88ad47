#include "kube/json_pod.h"

#include <utility>

#include "kube/json_constraints.h"
#include "kube/json_resources.h"
#include "kube/pod_environment.h"
#include "kube/requests.h"
#include "kube/timestamp.h"

namespace locus::kube {
namespace {

constexpr std::string_view kOurs = "locus.dev/";

void ReadAnnotations(JsonValue annotations, Pod* pod) {
  ForEachMember(annotations, [&](std::string_view key, JsonValue text) {
    if (key.starts_with(kOurs)) pod->annotations.insert_or_assign(std::string(key), JsonText(text));
  });
}

void ReadOwners(JsonValue owners, Pod* pod) {
  ForEachItem(owners, [&](JsonValue item) {
    Owner& owner = pod->owners.emplace_back();
    ForEachMember(item, [&](std::string_view part, JsonValue field) {
      if (part == "kind") owner.kind = JsonText(field);
      if (part == "name") owner.name = JsonText(field);
      if (part == "uid") owner.uid = JsonText(field);
      if (part == "controller") owner.controller = JsonBool(field);
    });
  });
}

std::string ReadMetadata(JsonValue metadata, Pod* pod) {
  std::string version;
  ForEachMember(metadata, [&](std::string_view name, JsonValue field) {
    if (name == "name") pod->name = JsonText(field);
    if (name == "namespace") pod->space = JsonText(field);
    if (name == "uid") pod->uid = JsonText(field);
    if (name == "resourceVersion") version = JsonText(field);
    if (name == "labels") pod->labels = JsonTexts(field);
    if (name == "annotations") ReadAnnotations(field, pod);
    if (name == "ownerReferences") ReadOwners(field, pod);
    if (name == "creationTimestamp" && !field.is_null()) pod->created = OrThrow(ParseTimestamp(JsonText(field)));
    if (name == "deletionTimestamp") pod->deleted = !field.is_null();
  });
  return version;
}

// The `requests` of a container's `resources`, or of a pod's.
Resources ReadRequests(JsonValue resources) {
  Resources requests;
  ForEachMember(resources, [&](std::string_view name, JsonValue list) {
    if (name == "requests") requests = ReadResources(list);
  });
  return requests;
}

using Environment = std::vector<EnvironmentVariable>;

EnvironmentVariable ReadVariable(JsonValue item) {
  EnvironmentVariable variable;
  ForEachMember(item, [&](std::string_view part, JsonValue field) {
    if (part == "name") variable.name = JsonText(field);
    if (part == "value") variable.value = JsonText(field);
    if (part != "valueFrom") return;
    ForEachMember(field, [&](std::string_view source, JsonValue reference) {
      if (source != "fieldRef") return;
      ForEachMember(reference, [&](std::string_view key, JsonValue text) {
        if (key == "fieldPath") variable.field_path = JsonText(text);
      });
    });
  });
  return variable;
}

// Kept when one of its variables is of interest: those of the first such container. Most pods have none.
void ReadEnvironment(JsonValue variables, Environment* kept) {
  Environment environment;
  bool of_interest = false;
  ForEachItem(variables, [&](JsonValue item) {
    environment.push_back(ReadVariable(item));
    of_interest = of_interest || IsOfInterest(environment.back().name);
  });
  if (of_interest && kept->empty()) *kept = std::move(environment);
}

std::vector<ContainerRequests> ReadContainers(JsonValue containers, Environment* environment) {
  std::vector<ContainerRequests> all;
  ForEachItem(containers, [&](JsonValue item) {
    ContainerRequests& container = all.emplace_back();
    ForEachMember(item, [&](std::string_view part, JsonValue field) {
      if (part == "resources") container.requests = ReadRequests(field);
      if (part == "restartPolicy") container.restartable = JsonText(field) == "Always";
      if (part == "env" && environment != nullptr) ReadEnvironment(field, environment);
    });
  });
  return all;
}

void ReadSpec(JsonValue spec, Pod* pod, Environment* environment) {
  PodRequests requests;
  ForEachMember(spec, [&](std::string_view name, JsonValue field) {
    if (name == "nodeName") pod->node = JsonText(field);
    if (name == "hostNetwork" && !field.is_null()) pod->host_network = JsonBool(field);
    if (name == "hostname") pod->hostname = JsonText(field);
    if (name == "subdomain") pod->subdomain = JsonText(field);
    if (name == "schedulerName") pod->scheduler = JsonText(field);
    if (name == "nodeSelector") pod->constraints.node_selector = JsonTexts(field);
    if (name == "affinity") pod->constraints.affinity = ReadRequiredNodeAffinity(field);
    if (name == "tolerations") pod->constraints.tolerations = ReadTolerations(field);
    if (name == "containers") requests.containers = ReadContainers(field, environment);
    if (name == "initContainers") requests.init_containers = ReadContainers(field, nullptr);
    if (name == "overhead") requests.overhead = ReadResources(field);
    if (name == "resources") requests.total = ReadRequests(field);
    if (name != "schedulingGates") return;
    ForEachItem(field, [&](JsonValue gate) {
      ForEachMember(gate, [&](std::string_view part, JsonValue text) {
        if (part == "name") pod->gates.push_back(JsonText(text));
      });
    });
  });
  pod->requests = SumRequests(requests);
}

void ReadStatus(JsonValue status, Pod* pod) {
  std::string first;
  ForEachMember(status, [&](std::string_view name, JsonValue field) {
    if (name == "podIP") first = JsonText(field);
    if (name == "hostIP") pod->host_ip = JsonText(field);
    if (name == "phase") {
      const std::string phase = JsonText(field);
      pod->finished = phase == "Succeeded" || phase == "Failed";
    }
    if (name != "podIPs") return;
    ForEachItem(field, [&](JsonValue item) {
      ForEachMember(item, [&](std::string_view part, JsonValue text) {
        if (part == "ip") pod->ips.push_back(JsonText(text));
      });
    });
  });
  // podIPs repeats podIP, but for servers that know only the latter.
  if (pod->ips.empty() && !first.empty()) pod->ips.push_back(std::move(first));
}

}  // namespace

std::string ReadPod(JsonValue value, Pod* pod) {
  std::string version;
  Environment environment;
  ForEachMember(value, [&](std::string_view key, JsonValue member) {
    if (key == "metadata") version = ReadMetadata(member, pod);
    if (key == "spec") ReadSpec(member, pod, &environment);
    if (key == "status") ReadStatus(member, pod);
  });
  if (environment.empty()) return version;
  pod->spark_driver_host = SparkDriverHost(environment);
  pod->alluxio_user_hostname = AlluxioUserHostname(
      environment,
      {pod->name, pod->space, pod->node, pod->ips.empty() ? std::string() : pod->ips.front(), pod->host_ip});
  return version;
}

}  // namespace locus::kube
