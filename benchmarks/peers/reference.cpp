// One thread, plain loops: what a compiled program takes for the same work. No more than the textbook, but the textbook
// done well: scratch space is kept between calls, and only what was touched is cleared.
//
// Arcs of node u stand at offsets[u] … offsets[u + 1]. Sizes count the seeds.

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

namespace {

struct Random {  // splitmix64
    uint64_t state;
    uint64_t bits() {
        uint64_t z = (state += 0x9E3779B97F4A7C15ull);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
        return z ^ (z >> 31);
    }
};

struct Exponentials {  // of mean 1, drawn many at a time, as compilers know how to take many logarithms at once
    static constexpr int many = 512;
    uint64_t counter;
    int used = many;
    float drawn[many];
    explicit Exponentials(uint64_t seed) : counter(seed) {}
    float next() {
        if (used == many) refill();
        return drawn[used++];
    }
    void refill() {
        for (int place = 0; place < many; ++place) {
            Random random{counter + uint64_t(place) * 0x9E3779B97F4A7C15ull};
            drawn[place] = -std::log(float(int32_t(random.bits() >> 40) + 1) * 0x1p-24f);
        }
        counter += uint64_t(many) * 0x9E3779B97F4A7C15ull;
        used = 0;
    }
};

struct Gaps {  // failures before the next success, of probability p
    float scale;
    explicit Gaps(double p) : scale(float(-1 / std::log1p(-p))) {}
    int64_t next(Exponentials& lots) const { return int64_t(lots.next() * scale); }
};

uint32_t chance(double p) { return p >= 1 ? UINT32_MAX : uint32_t(p * 0x1p32); }

std::vector<uint8_t> reached;
std::vector<int32_t> queue;

void begin(const int32_t* seeds, int64_t count, int64_t nodes) {
    if (int64_t(reached.size()) < nodes) reached.resize(nodes);
    queue.assign(seeds, seeds + count);
    for (int32_t seed : queue) reached[seed] = 1;
}

void reach(int32_t node) {
    if (reached[node]) return;
    reached[node] = 1;
    queue.push_back(node);
}

int64_t end() {
    for (int32_t node : queue) reached[node] = 0;
    return int64_t(queue.size());
}

}  // namespace

extern "C" {

// Independent cascade, a coin for each arc; each[arc] is its probability, or p is that of all.
void cascade_loop(const int64_t* offsets, const int32_t* followers, int64_t nodes, const int32_t* seeds, int64_t count,
                  double p, const float* each, int64_t replicates, uint64_t seed, int64_t* sizes) {
    Random random{seed};
    const uint32_t coin = chance(p);
    for (int64_t run = 0; run < replicates; ++run) {
        begin(seeds, count, nodes);
        for (size_t head = 0; head < queue.size(); ++head) {
            const int32_t node = queue[head];
            for (int64_t arc = offsets[node]; arc < offsets[node + 1]; ++arc) {
                const uint32_t lot = uint32_t(random.bits() >> 32);
                if (each ? float(lot) * 0x1p-32f < each[arc] : lot < coin) reach(followers[arc]);
            }
        }
        sizes[run] = end();
    }
}

// Independent cascade of one probability; all arcs of the queue are one row, and failures are passed over by gaps.
void cascade_skipping(const int64_t* offsets, const int32_t* followers, int64_t nodes, const int32_t* seeds,
                      int64_t count, double p, int64_t replicates, uint64_t seed, int64_t* sizes) {
    Exponentials lots(seed);
    const Gaps gaps(p);
    for (int64_t run = 0; run < replicates; ++run) {
        begin(seeds, count, nodes);
        int64_t gap = gaps.next(lots);
        for (size_t head = 0; head < queue.size(); ++head) {
            const int64_t first = offsets[queue[head]], degree = offsets[queue[head] + 1] - first;
            for (; gap < degree; gap += 1 + gaps.next(lots)) reach(followers[first + gap]);
            gap -= degree;
        }
        sizes[run] = end();
    }
}

// Linear threshold of weights 1 / in-degree; a threshold is drawn, as a number of neighbours, when first needed.
void linear_threshold(const int64_t* offsets, const int32_t* followers, const int32_t* in_degree, int64_t nodes,
                      const int32_t* seeds, int64_t count, int64_t replicates, uint64_t seed, int64_t* sizes) {
    static std::vector<int32_t> missing;  // 0: not drawn yet
    static std::vector<int32_t> touched;
    if (int64_t(missing.size()) < nodes) missing.resize(nodes);
    Random random{seed};
    for (int64_t run = 0; run < replicates; ++run) {
        begin(seeds, count, nodes);
        touched.clear();
        for (size_t head = 0; head < queue.size(); ++head) {
            const int32_t node = queue[head];
            for (int64_t arc = offsets[node]; arc < offsets[node + 1]; ++arc) {
                const int32_t other = followers[arc];
                if (reached[other]) continue;
                if (!missing[other]) {
                    missing[other] = 1 + int32_t(((random.bits() >> 32) * uint64_t(in_degree[other])) >> 32);
                    touched.push_back(other);
                }
                if (--missing[other] == 0) reach(other);
            }
        }
        for (int32_t node : touched) missing[node] = 0;
        sizes[run] = end();
    }
}

// SIR in steps: who is infected at step t recovers a geometric time later, and until then, including, meets each
// neighbour with probability beta per step. Contacts go into one list per step, so times are as exact as the library's.
void sir(const int64_t* offsets, const int32_t* followers, int64_t nodes, const int32_t* seeds, int64_t count,
         double beta, double gamma, uint64_t seed, int64_t* size) {
    static std::vector<std::vector<int32_t>> due;
    Random random{seed};
    Exponentials lots(~seed);
    const Gaps recovery(gamma);
    const float each = float(-1 / std::log1p(-beta));
    std::vector<float> met{0};  // probability of having met a neighbour after so many steps
    begin(nullptr, 0, nodes);
    if (due.empty()) due.resize(1);
    due[0].assign(seeds, seeds + count);
    for (size_t step = 0; step < due.size(); ++step) {
        for (size_t place = 0; place < due[step].size(); ++place) {
            const int32_t node = due[step][place];
            if (reached[node]) continue;
            reach(node);
            const int64_t period = 1 + recovery.next(lots);
            while (int64_t(met.size()) <= period) met.push_back(float(beta + (1 - beta) * met.back()));
            const float all = each / float(period);
            const int64_t last = offsets[node + 1];
            for (int64_t arc = offsets[node] + int64_t(lots.next() * all); arc < last;
                 arc += 1 + int64_t(lots.next() * all)) {
                // The step of the first meeting, given that there is one within the period.
                const float lot = float(int32_t(random.bits() >> 40)) * 0x1p-24f * met[period];
                int64_t wait = 1;
                while (wait < period && met[wait] <= lot) ++wait;
                if (reached[followers[arc]]) continue;
                if (due.size() <= step + wait) due.resize(step + wait + 1);
                due[step + wait].push_back(followers[arc]);
            }
        }
        due[step].clear();
    }
    *size = end();
}

// Steps of x ← s·(mean of those one follows) + (1 − s)·x₀; s = 1 is DeGroot's. The result stands in x.
void averaging(const int32_t* offsets, const int32_t* followees, int64_t nodes, const double* start,
               double susceptibility, int64_t steps, double* x, double* scratch) {
    for (int64_t step = 0; step < steps; ++step) {
        for (int64_t node = 0; node < nodes; ++node) {
            double total = 0;
            for (int32_t arc = offsets[node]; arc < offsets[node + 1]; ++arc) total += x[followees[arc]];
            const int32_t degree = offsets[node + 1] - offsets[node];
            const double peers = degree ? total / degree : x[node];
            scratch[node] = susceptibility * peers + (1 - susceptibility) * start[node];
        }
        std::memcpy(x, scratch, sizeof(double) * nodes);
    }
}

// Steps of x ← mean of one's own opinion and of those one follows that lie within epsilon of it.
void bounded_confidence(const int32_t* offsets, const int32_t* followees, int64_t nodes, double epsilon, int64_t steps,
                        double* x, double* scratch) {
    for (int64_t step = 0; step < steps; ++step) {
        for (int64_t node = 0; node < nodes; ++node) {
            const double own = x[node];
            double total = 0, heard = 1;
            for (int32_t arc = offsets[node]; arc < offsets[node + 1]; ++arc) {
                const double distance = x[followees[arc]] - own;
                const double near = std::fabs(distance) <= epsilon ? 1.0 : 0.0;
                total += near * distance;
                heard += near;
            }
            scratch[node] = own + total / heard;
        }
        std::memcpy(x, scratch, sizeof(double) * nodes);
    }
}

// Seconds for one access, of many at random that do not wait for each other, to a table of so many bytes.
double seconds_per_gather(int64_t bytes) {
    const int64_t entries = bytes / 4 < 1 ? 1 : bytes / 4, accesses = 1 << 22;
    std::vector<uint32_t> table(entries, 1), where(accesses);
    Random random{1};
    for (auto& place : where) place = uint32_t(((random.bits() >> 32) * uint64_t(entries)) >> 32);
    double best = 1e9;
    for (int trial = 0; trial < 5; ++trial) {
        const auto before = std::chrono::steady_clock::now();
        uint32_t total = 0;
        for (uint32_t place : where) total += table[place];
        volatile uint32_t kept = total;
        (void)kept;
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - before;
        if (passed.count() < best) best = passed.count();
    }
    return best / accesses;
}

// Bytes per second, read and written, of copying a large array.
double bytes_per_second() {
    const int64_t bytes = 1 << 28;
    std::vector<char> from(bytes, 1), to(bytes);
    double best = 1e9;
    for (int trial = 0; trial < 5; ++trial) {
        const auto before = std::chrono::steady_clock::now();
        std::memcpy(to.data(), from.data(), bytes);
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - before;
        if (passed.count() < best) best = passed.count();
        from[trial] = to[bytes - 1];
    }
    return 2.0 * bytes / best;
}

}  // extern "C"
