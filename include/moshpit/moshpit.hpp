// The whole public API of moshpit.
#pragma once

#include "moshpit/bandwidth_limit.hpp"
#include "moshpit/checkpoint.hpp"
#include "moshpit/codec.hpp"
#include "moshpit/download.hpp"
#include "moshpit/grid.hpp"
#include "moshpit/ids.hpp"
#include "moshpit/invite.hpp"
#include "moshpit/peer.hpp"
#include "moshpit/report.hpp"
#include "moshpit/result.hpp"
#include "moshpit/run_plan.hpp"
#include "moshpit/time.hpp"
#include "moshpit/trainer.hpp"
