#include "cache_worker/store/descriptor.h"

#include <unistd.h>

namespace locus::worker {

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace locus::worker
