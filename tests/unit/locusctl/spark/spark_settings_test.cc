#include "locusctl/spark/spark_settings.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "common/status.h"

using namespace locus;
using namespace locus::ctl;
using namespace std::chrono_literals;

namespace {

SparkOptions OnPods() {
  SparkOptions options;
  options.inputs = {"alluxio:///warehouse/events"};
  options.front = "locus-meta:19998";
  return options;
}

SparkSettings Made(const SparkOptions& options) {
  const absl::StatusOr<SparkSettings> settings = SettingsFor(options);
  INFO(settings.status());
  REQUIRE(settings.ok());
  return *settings;
}

std::string Refused(const SparkOptions& options) {
  const absl::StatusOr<SparkSettings> settings = SettingsFor(options);
  CHECK(absl::IsInvalidArgument(settings.status()));
  return MessageOf(settings.status());
}

// Values of all settings of a name, joined by '|'; "-": none.
std::string Value(const SparkSettings& settings, const std::string& name) {
  std::string values;
  for (const Setting& setting : settings.settings) {
    if (setting.name == name) values += (values.empty() ? "" : "|") + setting.value;
  }
  return values.empty() ? "-" : values;
}

constexpr const char* kAnnotation = "spark.kubernetes.executor.annotation.locus.dev/";

}  // namespace

TEST_CASE("executors get the scheduler and say what they read", "[locusctl]") {
  SparkOptions options = OnPods();
  options.inputs = {"alluxio:///a", "/b/{x,y}"};
  options.executors = 3;
  const SparkSettings settings = Made(options);
  CHECK(Value(settings, "spark.kubernetes.executor.scheduler.name") == "locus");
  CHECK(Value(settings, std::string(kAnnotation) + "inputs") == "alluxio:///a,/b/{x,y}");
  CHECK(Value(settings, "spark.executor.instances") == "3");
  for (const char* absent : {"policy", "max-wait", "layout", "share", "driver-address"}) {
    CHECK(Value(settings, std::string(kAnnotation) + absent) == "-");
  }
}

TEST_CASE("each setting has a reason and stands with its layer", "[locusctl]") {
  const SparkSettings settings = Made(OnPods());
  CHECK(std::is_sorted(settings.settings.begin(), settings.settings.end(),
                       [](const Setting& a, const Setting& b) { return a.layer < b.layer; }));
  for (const Setting& setting : settings.settings) CHECK_FALSE(setting.reason.empty());
}

TEST_CASE("waiting executors carry the gate, and Spark waits for them", "[locusctl]") {
  SparkOptions options = OnPods();
  CHECK_FALSE(Made(options).pod_template.gate);
  CHECK(Value(Made(options), "spark.scheduler.maxRegisteredResourcesWaitingTime") == "60s");
  options.policy = "wait";
  CHECK(Made(options).pod_template.gate);
  // The extender's own default of 30 s counts where none is given.
  CHECK(Value(Made(options), "spark.scheduler.maxRegisteredResourcesWaitingTime") == "90s");
  options.max_wait = "2m";
  CHECK(Value(Made(options), std::string(kAnnotation) + "max-wait") == "2m");
  CHECK(Value(Made(options), "spark.scheduler.maxRegisteredResourcesWaitingTime") == "180s");
  CHECK(Value(Made(options), "spark.kubernetes.allocation.executor.timeout") == "-");
  options.max_wait = "20m";
  CHECK(Value(Made(options), "spark.kubernetes.allocation.executor.timeout") == "1800s");
}

TEST_CASE("all executors are known before files are listed", "[locusctl]") {
  CHECK(Value(Made(OnPods()), "spark.scheduler.minRegisteredResourcesRatio") == "1.0");
  SparkOptions options = OnPods();
  options.dynamic = true;
  options.executors = 4;
  const SparkSettings settings = Made(options);
  CHECK(Value(settings, "spark.dynamicAllocation.enabled") == "true");
  CHECK(Value(settings, "spark.dynamicAllocation.shuffleTracking.enabled") == "true");
  CHECK(Value(settings, "spark.dynamicAllocation.initialExecutors") == "4");
  CHECK(Value(settings, "spark.executor.instances") == "-");
  options.executors = 0;
  CHECK(Value(Made(options), "spark.dynamicAllocation.initialExecutors") != "0");
}

TEST_CASE("a task reads one block of one file", "[locusctl]") {
  SparkOptions options = OnPods();
  options.block_bytes = 1 << 20;
  options.locality_wait = 1500ms;
  const SparkSettings settings = Made(options);
  CHECK(Value(settings, "spark.sql.files.maxPartitionBytes") == "1048576");
  CHECK(Value(settings, "spark.sql.files.openCostInBytes") == "1048576");
  CHECK(Value(settings, "spark.locality.wait.node") == "1500ms");
}

TEST_CASE("on a pod network all read through the front and know their node", "[locusctl]") {
  const SparkSettings settings = Made(OnPods());
  const std::string front =
      "-Dalluxio.master.hostname=locus-meta -Dalluxio.master.rpc.port=19998 "
      "-Dalluxio.master.rpc.addresses=locus-meta:19998";
  CHECK(Value(settings, "spark.driver.extraJavaOptions") == front);
  CHECK(Value(settings, "spark.executor.extraJavaOptions") == front + "|-Dalluxio.user.hostname=$(HOST_IP)");
  CHECK(settings.pod_template.host_ip);
  CHECK_FALSE(settings.pod_template.host_network);
  REQUIRE(settings.inputs.size() == 1);
  CHECK(settings.inputs[0].uri == "alluxio://locus-meta:19998/warehouse/events");
  CHECK(Value(settings, "spark.blockManager.port") == "-");
}

TEST_CASE("on the nodes' network ports and disks are told apart", "[locusctl]") {
  SparkOptions options = OnPods();
  options.front = "";
  options.network = Network::kHost;
  options.inputs = {"alluxio://master:19998/a", "/b"};
  const SparkSettings settings = Made(options);
  CHECK(settings.pod_template.host_network);
  CHECK(Value(settings, "spark.blockManager.port") == "0");
  // Spark's own default; the API server refuses a driver pod with the executors' 0.
  CHECK(Value(settings, "spark.driver.blockManager.port") == "7079");
  CHECK(Value(settings, "spark.shuffle.readHostLocalDisk") == "false");
  CHECK(Value(settings, "spark.driver.extraJavaOptions") == "-");
  CHECK(settings.inputs[0].uri == "alluxio://master:19998/a");
  CHECK(settings.inputs[1].uri == "alluxio:///b");
}

TEST_CASE("placement alone and reads past Alluxio are told", "[locusctl]") {
  SparkOptions options = OnPods();
  options.front = "";
  options.inputs = {"s3a://bucket/a"};
  const SparkSettings settings = Made(options);
  CHECK(settings.inputs[0].uri.empty());
  const auto told = [&](const char* text) {
    return std::any_of(settings.notes.begin(), settings.notes.end(),
                       [&](const std::string& note) { return note.find(text) != std::string::npos; });
  };
  CHECK(told("tasks go to any"));
  CHECK(told("past Alluxio"));
}

TEST_CASE("a driver behind address translation is named to the front", "[locusctl]") {
  SparkOptions options = OnPods();
  options.driver_address = "192.0.2.7";
  CHECK(Value(Made(options), std::string(kAnnotation) + "driver-address") == "192.0.2.7");
}

TEST_CASE("what cannot be meant is refused with the flag's name", "[locusctl]") {
  const auto with = [](auto change) {
    SparkOptions options = OnPods();
    change(options);
    return Refused(options);
  };
  CHECK(with([](auto& o) { o.inputs.clear(); }).find("--inputs") == 0);
  CHECK(with([](auto& o) { o.inputs.assign(65, "/a"); }).find("at most 64") != std::string::npos);
  CHECK(with([](auto& o) { o.inputs = {"events"}; }).find("--inputs: 'events'") == 0);
  CHECK(with([](auto& o) { o.policy = "wiat"; }).find("prefer, wait, require") != std::string::npos);
  CHECK(with([](auto& o) { o.layout = "x"; }).find("--layout") == 0);
  CHECK(with([](auto& o) { o.share = "0"; }).find("--share") == 0);
  CHECK(with([](auto& o) { o.share = "much"; }).find("--share") == 0);
  CHECK(with([](auto& o) { o.max_wait = "30s"; }).find("--policy wait") != std::string::npos);
  CHECK(with([](auto& o) { o.policy = "wait", o.max_wait = "soon"; }).find("--max-wait") == 0);
  CHECK(with([](auto& o) { o.block_bytes = 0; }).find("--block-size") == 0);
  CHECK(with([](auto& o) { o.scheduler = ""; }).find("--scheduler") == 0);
  for (const char* front : {"host", ":1", "host:", "host:0", "host:65536", "alluxio://host:1", "a:1,b:2", "host:x"}) {
    CHECK(with([&](auto& o) { o.front = front; }).find("--front") == 0);
  }
}
