import RedisEvents
import RedisRESP

/// Reports pushes of unknown kinds: each kind once, and only a limited number of kinds, because a server may send new
/// ones for ever.
struct UnknownPushes {
    private static let mostKinds = 16

    private let run: WatchRun
    private var told: Set<String> = []

    init(_ run: WatchRun) { self.run = run }

    mutating func tell(_ push: RESPValue) {
        guard told.count <= Self.mostKinds else { return }
        let kind = push.pushKind ?? "unnamed"
        guard told.insert(kind).inserted else { return }
        if told.count <= Self.mostKinds {
            run.say("the server sent a push of an unknown kind: \(kind)")
        } else {
            run.say("the server sent pushes of more than \(Self.mostKinds) unknown kinds; others are not reported")
        }
    }
}
