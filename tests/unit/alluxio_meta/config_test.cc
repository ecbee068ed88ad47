#include "alluxio_meta/config.h"

#include <catch2/catch.hpp>

#include "common/config.h"
#include "common/status.h"

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;

namespace {

absl::StatusOr<MetaConfig> Configured(const std::string& yaml) {
  config::v1::Meta proto;
  PresetDefaults(&proto);
  LOCUS_RETURN_IF_ERROR(ParseConfig(yaml, {}, &proto));
  return ToMetaConfig(proto);
}

}  // namespace

TEST_CASE("an empty file gives the documented defaults", "[config]") {
  const MetaConfig config = Configured("").value();
  CHECK(config.grpc.address == "127.0.0.1");
  CHECK(config.grpc.port == 8910);
  CHECK(config.admin.port == 8911);
  CHECK(config.admin.idle_timeout == 120s);
  CHECK(config.catalog.workers.lost_after == 10s);
  CHECK(config.catalog.workers.forget_after == 10min);
  CHECK(config.catalog.workers.max_workers == 10000);
  CHECK(config.catalog.interest.ttl == 1h);
  CHECK(config.catalog.interest.refresh == 30s);
  CHECK(config.catalog.interest.negative_ttl == 5s);
  CHECK(config.catalog.index.max_files == 10000000);
  CHECK(config.catalog.max_glob_matches == 10000);
  CHECK(config.mounts.mounts().empty());
  CHECK(config.readiness.settle == 15s);
  CHECK(config.readiness.at_most == 2min);
  CHECK(config.grpc.connections.connections == 16384);
  CHECK(config.grpc.connections.per_address == 2048);
  CHECK(config.front.server.connections.connections == 16384);
}

TEST_CASE("problems between fields are named together", "[config]") {
  const auto config = Configured(
      "listen: {port: 9000}\nadmin: {port: 9000}\nworkers: {lost_after: 20s, forget_after: 5s}\n"
      "readiness: {settle: 20s, at_most: 10s}\nlimits: {connections: 9999}\n"
      "mounts:\n- {path: relative, ufs_uri: 'file:///x'}\n- {path: /b, ufs_uri: nothing}\n");
  REQUIRE_FALSE(config.ok());
  const std::string text = MessageOf(config.status());
  for (const char* part : {"admin.port: 9000", "workers.forget_after: 5s", "readiness.settle: 20s",
                           "limits.connections: 9999", "mounts[0].path", "mounts[1].ufs_uri"}) {
    INFO(part << " in\n" << text);
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("an Alluxio source takes its settings, and its workers live by the master's word", "[config]") {
  const MetaConfig config = Configured(
                                "source: both\nalluxio: {masters: ['m0:19998', 'm1:19998'], user: root, page_size: 7, "
                                "calls_per_second: 5, worker_refresh: 2s}\n"
                                "nodes: {known: [{name: n1, addresses: [10.0.0.1, host-1]}]}\n")
                                .value();
  CHECK(config.catalog.source == Source::kBoth);
  CHECK(config.catalog.workers.by_master);
  CHECK(config.catalog.workers.stale_limit == 2min);
  // Three polls may fail.
  CHECK(config.catalog.workers.master_silence == 6s);
  CHECK(config.catalog.interest.fast == 1s);
  CHECK(config.catalog.interest.fast_for == 30s);
  CHECK(config.master.masters.size() == 2);
  CHECK(config.master.user == "root");
  CHECK(config.master.page_size == 7);
  CHECK(config.master.calls_per_second == 5);
  CHECK(config.mirror.worker_refresh == 2s);
  REQUIRE(config.nodes.known.size() == 1);
  CHECK(config.nodes.known[0].addresses.size() == 2);
  CHECK_FALSE(config.in_cluster);
}

TEST_CASE("problems of an Alluxio source are named together, with what to write", "[config]") {
  const auto config = Configured(
      "source: alluxio\nalluxio: {authentication: custom, worker_refresh: 8s, refresh_fast: 1m}\n"
      "nodes: {kubernetes: {in_cluster: true, kubeconfig: /x}}\n");
  REQUIRE_FALSE(config.ok());
  const std::string text = MessageOf(config.status());
  for (const char* part : {"alluxio.masters: is required", "19998", "alluxio.password_file",
                           "alluxio.worker_refresh: 8s", "alluxio.refresh_fast", "nodes.kubernetes"}) {
    INFO(part << " in\n" << text);
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(MessageOf(Configured("alluxio: {masters: ['m:1']}").status()).find("source: both") != std::string::npos);
}

TEST_CASE("the front is off, with its defaults, until it is switched on", "[config]") {
  const FrontConfig front = Configured("").value().front;
  CHECK_FALSE(front.enabled);
  CHECK(front.server.address == "127.0.0.1");
  CHECK(front.server.port == 19998);
  CHECK(front.server.max_message_bytes == uint64_t{256} << 20);
  CHECK(front.hosts_per_block == 3);
  CHECK(front.max_calls == 20'000);
  CHECK(front.pod_selector == "spark-role");
  CHECK(front.max_pods == 50'000);
  CHECK(front.listings.ttl == 1s);
  CHECK(front.listings.max_entries == 1'000'000);
  const FrontConfig set = Configured(
                              "source: alluxio\nalluxio: {masters: ['m0:19998']}\nfront: {enabled: true, listen: "
                              "{address: 0.0.0.0, port: 5}, hosts_per_block: 2, max_calls: 50, max_message: 4MiB, "
                              "pod_selector: 'a=b', max_pods: 7, listing_ttl: 0s, listing_limit: 500}\n")
                              .value()
                              .front;
  CHECK(set.enabled);
  CHECK(set.server.address == "0.0.0.0");
  CHECK(set.server.port == 5);
  CHECK(set.server.max_message_bytes == uint64_t{4} << 20);
  CHECK(set.hosts_per_block == 2);
  CHECK(set.max_calls == 50);
  CHECK(set.pod_selector == "a=b");
  CHECK(set.max_pods == 7);
  CHECK(set.listings.ttl == 0s);
  CHECK(set.listings.max_entries == 500);
}

TEST_CASE("a front needs a port of its own, and no master", "[config]") {
  CHECK(Configured("front: {enabled: true}\n").value().front.enabled);
  CHECK(MessageOf(Configured("front: {enabled: true, listen: {port: 8910}}\n").status())
            .find("front.listen.port: 8910 is listen.port too") != std::string::npos);
  CHECK(MessageOf(Configured("source: both\nalluxio: {masters: ['m0:19998']}\nfront: {enabled: true, listen: {port: "
                             "8911}}\n")
                      .status())
            .find("is admin.port too") != std::string::npos);
}
