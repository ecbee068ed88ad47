#include "locusctl/command_line/finish.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "common/endpoint.h"
#include "common/status.h"
#include "common/units.h"

namespace locus::ctl {
namespace {

constexpr Duration kMinTimeout = std::chrono::milliseconds(1);
constexpr Duration kMaxTimeout = std::chrono::hours(1);
constexpr Duration kMaxWatch = std::chrono::hours(24 * 30);
// GetLocalityRequest.inputs.
constexpr size_t kMaxInputs = 64;
// Of one kind, in one question.
constexpr size_t kMaxServers = 16;

absl::Status CheckMeta(const std::string& target) {
  if (ParseEndpoint(target).ok()) return absl::OkStatus();
  return InvalidArgument("--meta (or LOCUS_META): '" + target + "' is not HOST:PORT; write for example 127.0.0.1:8910");
}

absl::StatusOr<HttpServerName> ParseExtender(std::string_view url) {
  const absl::StatusOr<HttpEndpoint> endpoint = ParseHttpUrl(url);
  if (!endpoint.ok()) return Annotate(endpoint.status(), "--extender (or LOCUS_EXTENDER)");
  return HttpServerName{std::string(url), *endpoint};
}

// "a,b": those of verbs that look at the whole installation.
absl::StatusOr<std::vector<std::string>> Several(std::string_view list, const char* flag) {
  std::vector<std::string> names;
  for (size_t start = 0; start <= list.size();) {
    const size_t comma = std::min(list.find(',', start), list.size());
    names.emplace_back(list.substr(start, comma - start));
    start = comma + 1;
  }
  if (names.size() > kMaxServers) return InvalidArgument(std::string(flag) + ": at most 16 at once");
  return names;
}

absl::Status FinishInstallation(const RawFlags& raw, Invocation& invocation) {
  LOCUS_ASSIGN_OR_RETURN(invocation.metas, Several(raw.meta, "--meta"));
  for (const std::string& meta : invocation.metas) LOCUS_RETURN_IF_ERROR(CheckMeta(meta));
  LOCUS_ASSIGN_OR_RETURN(const std::vector<std::string> urls, Several(raw.extender, "--extender"));
  for (const std::string& url : urls) {
    LOCUS_ASSIGN_OR_RETURN(HttpServerName server, ParseExtender(url));
    invocation.extenders.push_back(std::move(server));
  }
  return absl::OkStatus();
}

absl::Status FinishWatch(const RawFlags& raw, Invocation& invocation) {
  WatchOptions& watch = invocation.watch;
  // The same input twice would be one.
  for (const std::string& input : invocation.inputs) {
    if (std::find(watch.inputs.begin(), watch.inputs.end(), input) == watch.inputs.end()) watch.inputs.push_back(input);
  }
  watch.timeout = invocation.timeout;
  watch.live = watch.live && invocation.format == Format::kTable;
  if (raw.watch_for.empty()) return absl::OkStatus();
  const absl::StatusOr<Duration> at_most = ParseDuration(raw.watch_for);
  if (!at_most.ok()) return Annotate(at_most.status(), "--for");
  if (*at_most < kMinTimeout || *at_most > kMaxWatch) return InvalidArgument("--for: write 1ms to 720h");
  watch.at_most = *at_most;
  return absl::OkStatus();
}

absl::Status FinishDoctor(const RawFlags& raw, DoctorOptions& doctor) {
  if (raw.doctor_pod.empty() == doctor.application.empty()) {
    return InvalidArgument("name the application with --app ID, or one of its pods with --pod POD");
  }
  if (!raw.doctor_pod.empty()) {
    // A name for the space only lets the pod's be checked.
    LOCUS_ASSIGN_OR_RETURN(const PodName pod,
                           ParsePodName(raw.doctor_pod, doctor.space.empty() ? "any" : doctor.space));
    doctor.pod = pod.name;
    if (raw.doctor_pod.find('/') != std::string::npos) doctor.space = pod.space;
  }
  if (doctor.spark_ui.empty()) return absl::OkStatus();
  const absl::StatusOr<HttpEndpoint> endpoint = ParseHttpUrl(doctor.spark_ui);
  if (!endpoint.ok()) return InvalidArgument("--spark-ui: '" + doctor.spark_ui + "': write http://HOST:PORT");
  doctor.spark_ui_endpoint = *endpoint;
  return absl::OkStatus();
}

// Those of the inner verb stand behind it.
absl::Status FinishCheckup(const RawFlags& raw, const Invocation& invocation) {
  const DoctorOptions& outer = invocation.doctor;
  if (!outer.application.empty() || !raw.doctor_pod.empty() || !outer.space.empty() || !outer.spark_ui.empty() ||
      outer.scheduler != DoctorOptions().scheduler) {
    return InvalidArgument("doctor cluster: write its flags behind 'cluster'; those of an application do not count");
  }
  return absl::OkStatus();
}

bool AsksMeta(Verb verb) {
  return verb == Verb::kLocality || verb == Verb::kWorkers || verb == Verb::kMounts || verb == Verb::kWatch ||
         verb == Verb::kLoad || verb == Verb::kKeep || verb == Verb::kDoctor;
}

bool AsksExtender(Verb verb) { return verb == Verb::kExplain || verb == Verb::kDecisions || verb == Verb::kPlan; }

Format FormatOf(const RawFlags& raw) {
  if (raw.json || raw.output == "json") return Format::kJson;
  return raw.output == "yaml" ? Format::kYaml : Format::kTable;
}

absl::Status FinishVerb(const RawFlags& raw, const Environment& environment, Invocation& invocation) {
  switch (invocation.verb) {
    case Verb::kExplain: {
      LOCUS_ASSIGN_OR_RETURN(invocation.explain.pod, ParsePodName(raw.pod, raw.space));
      return absl::OkStatus();
    }
    case Verb::kLoad: return FinishLoad(raw.workers, invocation.load);
    case Verb::kWorkers: return FinishTop(raw.workers, invocation.top);
    case Verb::kSparkConf: return FinishSpark(raw.conf, environment.front, invocation.spark_conf.spark);
    case Verb::kSubmit: return FinishSpark(raw.submit, environment.front, invocation.submit.spark);
    case Verb::kDoctor: return FinishDoctor(raw, invocation.doctor);
    case Verb::kWatch: return FinishWatch(raw, invocation);
    case Verb::kDoctorCluster: {
      LOCUS_RETURN_IF_ERROR(FinishCheckup(raw, invocation));
      return FinishInstallation(raw, invocation);
    }
    case Verb::kStatus: return FinishInstallation(raw, invocation);
    default: return absl::OkStatus();
  }
}

}  // namespace

absl::Status FinishCommandLine(const RawFlags& raw, const Environment& environment, Invocation& invocation) {
  const absl::StatusOr<Duration> timeout = ParseDuration(raw.timeout);
  if (!timeout.ok()) return Annotate(timeout.status(), "--timeout");
  if (*timeout < kMinTimeout || *timeout > kMaxTimeout) return InvalidArgument("--timeout: write 1ms to 1h");
  invocation.timeout = *timeout;
  invocation.format = FormatOf(raw);
  invocation.meta = raw.meta;
  invocation.files = raw.files;
  if (invocation.inputs.size() > kMaxInputs) {
    return InvalidArgument("at most 64 inputs at once; name the folder above them, or use a glob in quotes");
  }
  LOCUS_RETURN_IF_ERROR(FinishVerb(raw, environment, invocation));
  if (AsksMeta(invocation.verb)) return CheckMeta(invocation.meta);
  if (AsksExtender(invocation.verb)) {
    LOCUS_ASSIGN_OR_RETURN(invocation.extender, ParseExtender(raw.extender));
  }
  return absl::OkStatus();
}

}  // namespace locus::ctl
