// GET /v1/overview: how the extender is, on one page. Members are only added: locusctl of other versions reads them.
#pragma once

#include <string>
#include <string_view>

#include "extender/explain/condition.h"

namespace locus::extender {

// `version`: of this program.
std::string OverviewJson(const Condition& condition, std::string_view version);

}  // namespace locus::extender
