#include "app/simulate/averaging_plot.hpp"

#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/picture_file.hpp"
#include "app/simulate/restarts.hpp"
#include "experiment/chart.hpp"
#include "experiment/theory.hpp"

namespace moshpit {
namespace {

struct Plotted {
  const char* name;
  Algorithm algorithm;
  Placement placement = Placement::fixed;
};

constexpr std::array plotted{Plotted{"all-reduce", Algorithm::all_reduce},
                             Plotted{"gossip", Algorithm::gossip},
                             Plotted{"exponential", Algorithm::exponential},
                             Plotted{"push-sum", Algorithm::push_sum},
                             Plotted{"random groups", Algorithm::random_groups},
                             Plotted{"Moshpit, fixed", Algorithm::moshpit},
                             Plotted{"Moshpit, keys", Algorithm::moshpit, Placement::keys}};

// Room for three powers of ten below the target.
int lowest_exponent(double target) {
  int exponent = -3;
  for (double reached = 1; reached > target * 1.5; reached /= 10) --exponent;
  return exponent;
}

// Values of variance 1 and nobody absent, which is what theory is about.
ChartLine random_groups_theory(const AveragingPlan& plan) {
  const std::uint64_t groups = (plan.peers + plan.group_size - 1) / plan.group_size;
  ChartLine line{"theory: \u03c1\u1d57 (p = 0)", {1.0}, true};
  for (std::uint32_t round = 1; round <= plan.rounds_max; ++round) {
    line.errors.push_back(line.errors.back() * mixing_factor(plan.peers, groups));
  }
  return line;
}

ChartLine full_grid_theory(const AveragingPlan& plan) {
  ChartLine line{"theory: M\u207b\u1d57 \u2212 1/N (p = 0)", {}, true};
  for (std::uint32_t round = 0; round <= plan.rounds_max; ++round) {
    line.errors.push_back(full_grid_error(plan.grid, round));
  }
  return line;
}

// Nothing if interrupted.
std::optional<Chart> measure(AveragingPlan plan, const Output& output, const Interrupt& interrupt) {
  Chart chart;
  chart.title = fmt::format("{} peers, grid {}, random groups of {}, failure rate {} ({})",
                            plan.peers, plan.grid.text(), plan.group_size, plan.failure_rate,
                            word_of(plan.failure_model));
  chart.y_title = fmt::format("mean squared error (mean of {} restarts)", plan.restarts);
  chart.lowest_exponent = lowest_exponent(plan.target);
  for (const Plotted& line : plotted) {
    plan.algorithm = line.algorithm;
    plan.placement = line.placement;
    const auto curves = run_restarts(plan, line.name, interrupt);
    if (!curves) return std::nullopt;
    chart.lines.push_back({line.name, summarise(*curves, plan.target).mse_mean});
    output.event({{"event", "line"}, {"name", line.name}, {"mse_mean", chart.lines.back().errors}});
  }
  chart.lines.push_back(random_groups_theory(plan));
  if (plan.peers == plan.grid.places()) chart.lines.push_back(full_grid_theory(plan));
  return chart;
}

}  // namespace

int plot_averaging(const AveragingPlan& plan, const std::string& file, const Output& output,
                   const Interrupt& interrupt) {
  if (const auto good = check_picture_file(file); !good) return output.fail(good.error());
  const auto chart = measure(plan, output, interrupt);
  if (!chart) return Interrupt::exit_code;
  if (const auto drawn = write_picture(file, svg(*chart)); !drawn)
    return output.fail(drawn.error());
  output.event({{"event", "plot"}, {"file", file}});
  output.say(fmt::format("The picture is in {}.", file));
  return 0;
}

}  // namespace moshpit
