// GET /v1/overview: how the extender is, on one page. Members are only added: locusctl of other versions reads them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extender/explain/application_share.h"
#include "extender/explain/condition.h"

namespace locus::extender {

// `applications`: in their order. `version`: of this program.
std::string OverviewJson(const Condition& condition, const std::vector<ApplicationShare>& applications,
                         std::string_view version);

}  // namespace locus::extender
