#include "alluxio_meta/interest/interest_table.h"

#include <algorithm>
#include <utility>

namespace locus::meta {

InterestTable::Interest* InterestTable::Ask(std::string_view path, SteadyTime now, bool* is_new) {
  *is_new = false;
  auto it = interests_.find(std::string(path));
  if (it == interests_.end()) {
    if (interests_.size() >= options_.max_paths) return nullptr;
    it = interests_.try_emplace(std::string(path)).first;
    it->second.path = it->first;
    it->second.due = now;
    due_.insert({now, it->first});
    *is_new = true;
  }
  it->second.asked = now;
  return &it->second;
}

void InterestTable::Hold(std::string_view path) {
  const auto it = interests_.find(std::string(path));
  if (it != interests_.end()) ++it->second.holds;
}

void InterestTable::Release(std::string_view path, SteadyTime now) {
  const auto it = interests_.find(std::string(path));
  if (it == interests_.end()) return;
  --it->second.holds;
  it->second.asked = now;
}

const InterestTable::Interest* InterestTable::Find(std::string_view path) const {
  const auto it = interests_.find(std::string(path));
  return it == interests_.end() ? nullptr : &it->second;
}

bool InterestTable::Covers(std::string_view path) const {
  for (std::string up(path); !up.empty(); up.resize(up.rfind('/'))) {
    if (interests_.contains(up)) return true;
  }
  return interests_.contains("/");
}

void InterestTable::Hasten(std::string_view path) {
  const auto it = interests_.find(std::string(path));
  if (it == interests_.end() || it->second.request != 0 || it->second.state != InterestState::kKnown) return;
  const SteadyTime sooner = it->second.listed + options_.negative_ttl;
  if (sooner < it->second.due) SetDue(&it->second, sooner);
}

void InterestTable::SetDue(Interest* interest, SteadyTime due) {
  due_.erase({interest->due, interest->path});
  interest->due = due;
  due_.insert({due, interest->path});
}

uint64_t InterestTable::NextWorker(std::span<const uint64_t> workers, const Interest& interest, bool* all_tried) {
  *all_tried = true;
  for (size_t i = 0; i < workers.size(); ++i) {
    const uint64_t worker = workers[(turn_ + i) % workers.size()];
    if (std::find(interest.tried.begin(), interest.tried.end(), worker) != interest.tried.end()) continue;
    *all_tried = false;
    const auto at = at_worker_.find(worker);
    if (at != at_worker_.end() && at->second >= options_.max_at_worker) continue;
    turn_ += i + 1;
    return worker;
  }
  return 0;
}

std::vector<InterestTable::Order*> InterestTable::Plan(std::span<const uint64_t> workers, SteadyTime now) {
  std::vector<Order*> planned;
  while (!workers.empty() && !due_.empty() && due_.begin()->first <= now && orders_.size() < options_.max_in_flight) {
    Interest& interest = interests_.at(due_.begin()->second);
    bool all_tried = false;
    const uint64_t worker = NextWorker(workers, interest, &all_tried);
    if (worker == 0 && all_tried) {
      interest.tried.clear();
      SetDue(&interest, now + options_.retry_pause);
      continue;
    }
    if (worker == 0) break;  // All are busy: it stays due.
    due_.erase(due_.begin());
    interest.request = ++last_request_;
    ++at_worker_[worker];
    Order& order = orders_[interest.request];
    order = {interest.request, interest.path, worker, 0, 0, false, now};
    planned.push_back(&order);
  }
  return planned;
}

InterestTable::Order* InterestTable::Expect(uint64_t request, uint64_t worker, SteadyTime now) {
  const auto it = orders_.find(request);
  if (it == orders_.end() || it->second.worker != worker) return nullptr;
  it->second.heard = now;
  return &it->second;
}

void InterestTable::Fail(Interest* interest, uint64_t worker, std::string_view problem, SteadyTime now) {
  interest->problem = "the last listing failed: " + std::string(problem);
  interest->tried.push_back(worker);
  const bool pause = interest->tried.size() >= options_.max_attempts;
  if (pause) interest->tried.clear();
  interest->due = pause ? now + options_.retry_pause : now;
}

const InterestTable::Interest* InterestTable::End(uint64_t request, ListingEnd end, std::string_view problem,
                                                  SteadyTime now) {
  const auto it = orders_.find(request);
  if (it == orders_.end()) return nullptr;
  const Order order = std::move(it->second);
  orders_.erase(it);
  if (--at_worker_[order.worker] == 0) at_worker_.erase(order.worker);
  const auto entry = interests_.find(order.path);
  if (entry == interests_.end() || entry->second.request != request) return nullptr;
  Interest& interest = entry->second;
  interest.request = 0;
  if (end == ListingEnd::kFailed) {
    Fail(&interest, order.worker, problem, now);
  } else {
    const bool found = end != ListingEnd::kNotFound;
    interest.state = found ? InterestState::kKnown : InterestState::kUnknown;
    interest.problem = std::string(problem);
    interest.tried.clear();
    interest.listed = now;
    interest.due = now + (found ? options_.refresh : options_.negative_ttl);
  }
  due_.insert({interest.due, interest.path});
  return &interest;
}

void InterestTable::EndLate(uint64_t request, uint64_t worker) {
  if (abandoned_.erase({request, worker}) == 0) return;
  if (--at_worker_[worker] == 0) at_worker_.erase(worker);
}

void InterestTable::WorkerGone(uint64_t worker, SteadyTime now) {
  std::vector<uint64_t> requests;
  for (const auto& [request, order] : orders_) {
    if (order.worker == worker) requests.push_back(request);
  }
  for (const uint64_t request : requests) End(request, ListingEnd::kFailed, "the worker's stream ended", now);
  std::erase_if(abandoned_, [&](const auto& a) { return a.second == worker; });
  at_worker_.erase(worker);
}

size_t InterestTable::GiveUpSilent(SteadyTime now) {
  std::vector<std::pair<uint64_t, uint64_t>> silent;
  for (const auto& [request, order] : orders_) {
    if (now - order.heard >= options_.listing_silence) silent.emplace_back(request, order.worker);
  }
  for (const auto& [request, worker] : silent) {
    End(request, ListingEnd::kFailed, "the worker did not answer in time", now);
    // It still owes an answer: counted against it until that comes.
    ++at_worker_[worker];
    abandoned_.insert({request, worker});
  }
  return silent.size();
}

std::vector<InterestTable::Interest> InterestTable::Expire(SteadyTime now) {
  std::vector<Interest> expired;
  for (auto it = interests_.begin(); it != interests_.end();) {
    Interest& interest = it->second;
    if (interest.holds > 0 || now - interest.asked < options_.ttl) {
      ++it;
      continue;
    }
    due_.erase({interest.due, interest.path});
    expired.push_back(std::move(interest));
    it = interests_.erase(it);
  }
  return expired;
}

size_t InterestTable::CountOf(InterestState state) const {
  return static_cast<size_t>(std::count_if(interests_.begin(), interests_.end(),
                                           [&](const auto& entry) { return entry.second.state == state; }));
}

}  // namespace locus::meta
