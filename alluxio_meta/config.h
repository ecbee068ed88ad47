// The configuration of locus-meta as values with units.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "alluxio_meta/alluxio/master_options.h"
#include "alluxio_meta/alluxio/mirror.h"
#include "alluxio_meta/catalog/catalog.h"
#include "alluxio_meta/catalog/sync_rule.h"
#include "alluxio_meta/front/front_server.h"
#include "alluxio_meta/listings/question_book.h"
#include "alluxio_meta/mounts/mount_table.h"
#include "alluxio_meta/nodes/kube_directory.h"
#include "alluxio_meta/workers/worker_verifier.h"
#include "common/clock.h"
#include "common/grpc_server.h"
#include "common/http_server.h"
#include "proto/config/v1/meta.pb.h"

namespace locus::meta {

struct FrontConfig {
  bool enabled = false;
  FrontServerOptions server;
  std::string port_file;
  size_t hosts_per_block = 3;
  uint32_t max_calls = 20'000;
  std::string pod_selector;
  size_t max_pods = 50'000;
  ListingLimits listings;
};

// Immutable once made. Each part goes to whom it concerns.
struct MetaConfig {
  GrpcServerOptions grpc;
  std::string grpc_port_file;
  HttpServerOptions admin;
  std::string admin_port_file;
  // Without `run`.
  CatalogOptions catalog;
  SyncOptions readiness;
  MountTable mounts;
  // Empty: none.
  std::string interest_file;
  // With CatalogOptions::source other than kWorkers; without `seed`.
  MasterOptions master;
  MirrorOptions mirror;
  // Without `seed`.
  KubeDirectoryOptions nodes;
  // Which API server to ask, if any.
  bool in_cluster = false;
  std::string kubeconfig;
  Duration kube_call_timeout{0};
  FrontConfig front;
  // Certificates and tokens of the two ports, and how workers prove their nodes.
  config::v1::Listen grpc_listen;
  config::v1::Listen admin_listen;
  config::v1::Access access;
  IdentityOptions identity;
};

// The ports that locus-meta listens on unless told otherwise.
void PresetDefaults(config::v1::Meta* config);

// INVALID_ARGUMENT names all problems that the rules of single fields cannot express, one a line, with the field's
// path.
absl::StatusOr<MetaConfig> ToMetaConfig(const config::v1::Meta& config);

}  // namespace locus::meta
