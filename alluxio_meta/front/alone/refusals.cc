#include "alluxio_meta/front/alone/refusals.h"

#include <algorithm>
#include <array>
#include <string>

namespace locus::meta {
namespace {

constexpr std::string_view kFiles = "/alluxio.grpc.file.FileSystemMasterClientService/";
constexpr std::array<std::string_view, 20> kOfFiles = {"CreateFile",
                                                       "CreateDirectory",
                                                       "CompleteFile",
                                                       "GetNewBlockIdForFile",
                                                       "ScheduleAsyncPersistence",
                                                       "Remove",
                                                       "Rename",
                                                       "Free",
                                                       "Mount",
                                                       "UpdateMount",
                                                       "Unmount",
                                                       "SetAcl",
                                                       "SetAttribute",
                                                       "StartSync",
                                                       "StopSync",
                                                       "UpdateUfsMode",
                                                       "submitJob",
                                                       "StopJob",
                                                       "SubmitJob",
                                                       "SyncMetadata"};
constexpr std::string_view kSettings = "/alluxio.grpc.meta.MetaMasterConfigurationService/";
constexpr std::array<std::string_view, 3> kOfSettings = {"SetPathConfiguration", "RemovePathConfiguration",
                                                         "UpdateConfiguration"};

std::string NameOf(std::string_view method) { return std::string(method.substr(method.rfind('/') + 1)); }

template <size_t n>
bool IsOneOf(std::string_view method, std::string_view service, const std::array<std::string_view, n>& names) {
  return method.starts_with(service) &&
         std::find(names.begin(), names.end(), method.substr(service.size())) != names.end();
}

}  // namespace

bool ChangesSomething(std::string_view method) {
  return IsOneOf(method, kFiles, kOfFiles) || IsOneOf(method, kSettings, kOfSettings);
}

grpc::Status ReadOnly(std::string_view method) {
  return {grpc::PERMISSION_DENIED,
          NameOf(method) +
              " is refused: Locus shows the under-store through the Alluxio protocol read-only. Write to "
              "the under-store itself"};
}

grpc::Status NotAnswered(std::string_view method) {
  return {grpc::UNIMPLEMENTED, "Locus (source: workers) has no Alluxio master behind it and does not answer " +
                                   std::string(method.substr(0, 200))};
}

}  // namespace locus::meta
