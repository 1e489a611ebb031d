import RedisEvents
import TestSupport
import Testing

/// Random lags, stalls, losses and returns of two links against the mirror machine: each message is delivered once and
/// in the order of its publisher, or a gap stands in its place.
@Suite("A mirrored subscription, simulated", .tags(.unit, .once), .timeLimit(.minutes(5)))
struct MirrorSimulationTests {
    typealias Weather = MirrorWorld.Weather

    @Test(arguments: [
        Weather(), Weather(lossEvery: 2000), Weather(longestStall: 300), Weather(lossEvery: 2000, losesOrphans: true),
    ])
    func `misses nothing and has no gap when links are lost one at a time`(weather: Weather) {
        for seed in 0..<UInt64(isSoak ? 4 : 2) {
            let world = play(seed, weather)
            #expect(world.gapCount == 0, "seed \(seed)")
            if complains(world, seed, weather) { return }
        }
    }

    @Test(arguments: [
        Weather(lossEvery: 500, losesBoth: true), Weather(lossEvery: 2500, losesBoth: true),
        Weather(lossEvery: 3000, losesBoth: true, longestStall: 3500), Weather(longestStall: 6000),
        Weather(lossEvery: 2500, losesBoth: true, longestStall: 3000, losesOrphans: true),
        Weather(lossEvery: 3000, losesBoth: true, longestStall: 3000, noteLimit: 40, heldLimit: 20),
    ])
    func `misses nothing without a gap in its place, whatever happens`(weather: Weather) {
        for seed in 0..<UInt64(isSoak ? 5 : 2) {
            if complains(play(seed, weather), seed, weather) { return }
        }
    }

    @Test(arguments: [
        Weather(payloads: 1), Weather(payloads: 3), Weather(payloads: 2, lossEvery: 2000),
        Weather(payloads: 2, longestStall: 300),
    ])
    func `counts equal messages`(weather: Weather) {
        for seed in 0..<UInt64(isSoak ? 4 : 2) {
            let world = play(seed, weather)
            let (published, delivered) = counts(world, weather)
            #expect(delivered.allSatisfy { $1 <= published[$0] ?? 0 }, "seed \(seed): one came twice")
            if world.gapCount == 0 { #expect(delivered == published, "seed \(seed)") }
            if weather.lossEvery == 0 { #expect(world.gapCount == 0, "seed \(seed)") }
        }
    }

    @Test(arguments: [
        Weather(payloads: 2, lossEvery: 1500, losesBoth: true, losesOrphans: true),
        Weather(payloads: 3, lossEvery: 2000, losesOrphans: true),
        Weather(payloads: 2, lossEvery: 2500, losesBoth: true, longestStall: 3000, losesOrphans: true),
    ])
    func `does not swallow equal messages without a gap`(weather: Weather) {
        for seed in 0..<UInt64(isSoak ? 5 : 2) {
            let world = play(seed, weather)
            let (published, delivered) = counts(world, weather)
            #expect(delivered.allSatisfy { $1 <= published[$0] ?? 0 }, "seed \(seed): one came twice")
            if world.gapCount == 0 { #expect(delivered == published, "seed \(seed)") }
        }
    }

    private func play(_ seed: UInt64, _ weather: Weather) -> MirrorWorld {
        let world = MirrorWorld(seed: seed, weather)
        world.live(for: 20_000)
        world.comeToRest()
        return world
    }

    private func complains(_ world: MirrorWorld, _ seed: UInt64, _ weather: Weather) -> Bool {
        for publisher in 0..<2 {
            guard let complaint = complaint(world, publisher) else { continue }
            Issue.record("seed \(seed), \(weather), publisher \(publisher): \(complaint)")
            return true
        }
        return false
    }

    /// The first thing that is wrong with what came of a publisher.
    private func complaint(_ world: MirrorWorld, _ publisher: Int) -> String? {
        guard let first = world.firstNumbers?[publisher] else { return "nothing was confirmed" }
        var last = first - 1
        var hasGap = false
        for entry in world.ledgers[publisher] + [.message(world.published[publisher] + 1)] {
            guard case .message(let number) = entry else {
                hasGap = true
                continue
            }
            // Published before anyone was subscribed.
            if number < first { continue }
            if number <= last { return "\(number) came after \(last)" }
            let missing = (last + 1..<number).filter { !world.orphans.contains($0 * 2 + publisher) }
            if !missing.isEmpty && !hasGap { return "\(missing) are missing" }
            last = number
            hasGap = false
        }
        return nil
    }

    private func counts(_ world: MirrorWorld, _ weather: Weather) -> ([UInt64: Int], [UInt64: Int]) {
        var published: [UInt64: Int] = [:]
        var delivered: [UInt64: Int] = [:]
        for publisher in 0..<2 {
            let first = world.firstNumbers?[publisher] ?? 1
            let came = Set(
                world.ledgers[publisher].compactMap { if case .message(let number) = $0 { number } else { nil } }
            )
            for number in first...max(first, world.published[publisher]) {
                // Lost in the cluster.
                if world.orphans.contains(number * 2 + publisher) && !came.contains(number) { continue }
                published[world.key(publisher, number), default: 0] += 1
            }
            for case .message(let number) in world.ledgers[publisher] where number >= first {
                delivered[world.key(publisher, number), default: 0] += 1
            }
        }
        return (published, delivered)
    }
}
