import Foundation
import RedisTesting
import TestSupport

/// What the faults are drawn from: the seed of the environment, or a new one.
enum FaultSeed {
    static var value: UInt64 {
        ProcessInfo.processInfo.environment["REDIS_EVENTS_SEED"].flatMap { UInt64($0) } ?? .random(in: .min ... .max)
    }
}

/// What happens to the links, to the network and to the server of one accounting run.
enum DurableFault {
    case cut
    case kill
    case pause(Duration)
    case restart
    case proxy(ScheduledFault)

    static func list(_ count: Int, seed: UInt64) -> [DurableFault] {
        var random = SeededGenerator(seed: seed)
        var schedule = FaultSchedule(seed: random.next(), pause: 5...80, length: 20...200)
        return (0..<count).map { _ in
            let length = Duration.milliseconds(random.number(in: 20...250))
            let network = schedule.next()
            switch random.number(in: 0...9) {
            case 0, 1: return .cut
            case 2, 3: return .kill
            case 4: return .pause(length)
            case 5: return .restart
            default: return network.map { .proxy($0) } ?? .cut
            }
        }
    }
}
