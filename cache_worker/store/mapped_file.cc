#include "cache_worker/store/mapped_file.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>

#include "common/status.h"

namespace locus::worker {
namespace {

// Read by a signal handler, so neither locks nor memory of its own.
struct Place {
  std::atomic<bool> taken{false};
  // 0: none.
  std::atomic<uintptr_t> begin{0};
  std::atomic<size_t> size{0};
};

std::array<Place, kMaxMappedFiles> places;
// Where the search for a free place begins.
std::atomic<size_t> next_place{0};
std::atomic<uintptr_t> page_size{0};
struct sigaction before {};

bool IsMapped(uintptr_t address) {
  for (const Place& place : places) {
    const uintptr_t begin = place.begin.load(std::memory_order_acquire);
    if (begin != 0 && address >= begin && address - begin < place.size.load(std::memory_order_relaxed)) return true;
  }
  return false;
}

// Only what signal-safety(7) allows, and mmap, which is a plain call of the kernel.
void OnBusError(int, siginfo_t* info, void*) {
  const int error = errno;
  const auto address = reinterpret_cast<uintptr_t>(info->si_addr);
  const uintptr_t size = page_size.load(std::memory_order_relaxed);
  void* const page = reinterpret_cast<void*>(address & ~(size - 1));
  const bool ours = IsMapped(address);
  if (!ours || ::mmap(page, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
    // The access is made again, and then meets what would have met it without this handler.
    ::sigaction(SIGBUS, &before, nullptr);
  }
  errno = error;
}

bool Install() {
  page_size = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  struct sigaction action {};
  action.sa_sigaction = &OnBusError;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  return ::sigaction(SIGBUS, &action, &before) == 0;
}

std::optional<size_t> TakePlace() {
  const size_t first = next_place++;
  for (size_t i = 0; i < places.size(); ++i) {
    const size_t place = (first + i) % places.size();
    if (!places[place].taken.load(std::memory_order_relaxed) && !places[place].taken.exchange(true)) return place;
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const MappedFile>> MappedFile::Create(int fd, size_t size, const std::string& path) {
  static const bool installed = Install();
  if (!installed) return Unavailable("no handler for SIGBUS can be set");
  const std::optional<size_t> place = TakePlace();
  if (!place) return Exhausted("'" + path + "': " + std::to_string(kMaxMappedFiles) + " files are mapped already");
  void* const begin = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  if (begin == MAP_FAILED) {
    const int error = errno;
    places[*place].taken = false;
    const std::string text = "'" + path + "' cannot be mapped: " + std::strerror(error);
    return error == ENOMEM ? Exhausted(text) : Unavailable(text);
  }
  places[*place].size.store(size, std::memory_order_relaxed);
  places[*place].begin.store(reinterpret_cast<uintptr_t>(begin), std::memory_order_release);
  return std::shared_ptr<const MappedFile>(new MappedFile({static_cast<const char*>(begin), size}, *place));
}

MappedFile::~MappedFile() {
  places[place_].begin = 0;
  ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
  places[place_].taken = false;
}

}  // namespace locus::worker
