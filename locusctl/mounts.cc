#include "locusctl/mounts.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <vector>

#include "locusctl/holder.h"
#include "locusctl/text.h"

namespace locus::ctl {
namespace {

using v1::Mount;

std::vector<const Mount*> Sorted(const v1::ListMountsResponse& response) {
  std::vector<const Mount*> mounts;
  for (const Mount& mount : response.mounts()) mounts.push_back(&mount);
  std::sort(mounts.begin(), mounts.end(), [](const Mount* a, const Mount* b) { return a->path() < b->path(); });
  return mounts;
}

std::string OriginWord(Mount::Origin origin) {
  switch (origin) {
    case Mount::CONFIGURED: return "configured";
    case Mount::MASTER: return "master";
    default: return "origin " + std::to_string(static_cast<int>(origin));
  }
}

// Where a person would change it.
std::string OriginText(Mount::Origin origin) {
  switch (origin) {
    case Mount::CONFIGURED: return "meta.yaml";
    case Mount::MASTER: return "Alluxio master";
    default: return OriginWord(origin);
  }
}

}  // namespace

std::string RenderMounts(const v1::ListMountsResponse& response, const Style& style) {
  Table table({{"PATH", Align::kLeft, true}, {"UNDER-STORE", Align::kLeft, true}, {"FROM", Align::kLeft}});
  for (const Mount* mount : Sorted(response)) {
    table.AddRow({SafeText(mount->path()), SafeText(mount->ufs_uri()), OriginText(mount->origin())});
  }
  std::string text = table.empty() ? "" : table.Render(style);
  if (!response.problem().empty()) {
    text += (text.empty() ? "" : "\n") +
            Paint("Mounts may be missing: " + SafeText(response.problem()), Ink::kYellow, style) + "\n";
  }
  return text;
}

std::string MountsToJson(const v1::ListMountsResponse& response) {
  nlohmann::ordered_json document = {{"mounts", nlohmann::ordered_json::array()}, {"problem", response.problem()}};
  for (const Mount* mount : Sorted(response)) {
    document["mounts"].push_back(
        {{"path", mount->path()}, {"ufs_uri", mount->ufs_uri()}, {"origin", OriginWord(mount->origin())}});
  }
  return ToAscii(document);
}

int RunMounts(LocalitySource& source, const Output& output) {
  const absl::StatusOr<v1::ListMountsResponse> response = source.ListMounts();
  if (!response.ok()) return MetaFailed(output, response.status(), "list mounts", source.address());
  output.out << (output.ForPrograms() ? output.Document(MountsToJson(*response))
                                      : RenderMounts(*response, output.style));
  if (response->mounts_size() > 0) return kOk;
  if (!output.ForPrograms()) {
    Complain(output, "locus-meta at " + source.address() + " has no mount: URIs of the under-store reach no path",
             "Write alluxio:///path, or add mounts to meta.yaml; with an Alluxio master its own mounts appear here.");
  }
  return kNegative;
}

}  // namespace locus::ctl
