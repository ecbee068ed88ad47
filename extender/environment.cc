#include "extender/environment.h"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <random>
#include <string>

namespace locus::extender {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string HostName() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "locus-extender";
}

}  // namespace

ClusterSideEnvironment ReadEnvironment(const Secured& secured) {
  return {std::random_device()(),
          Variable("KUBERNETES_SERVICE_HOST"),
          Variable("KUBERNETES_SERVICE_PORT"),
          HostName(),
          secured.to_metadata,
          secured.to_workers};
}

}  // namespace locus::extender
