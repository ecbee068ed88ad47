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
}

TEST_CASE("problems between fields are named together", "[config]") {
  const auto config = Configured(
      "listen: {port: 9000}\nadmin: {port: 9000}\nworkers: {lost_after: 20s, forget_after: 5s}\n"
      "mounts:\n- {path: relative, ufs_uri: 'file:///x'}\n- {path: /b, ufs_uri: nothing}\n");
  REQUIRE_FALSE(config.ok());
  const std::string text = MessageOf(config.status());
  for (const char* part : {"admin.port: 9000", "workers.forget_after: 5s", "mounts[0].path", "mounts[1].ufs_uri"}) {
    INFO(part << " in\n" << text);
    CHECK(text.find(part) != std::string::npos);
  }
}
