import Glibc
import RedisCommands
import RedisEvents
import RedisReactor
import RedisTesting
import Testing

/// Both protocol versions, for tests that must not care.
let bothProtocols: [RedisConfiguration.ProtocolVersion] = [.resp2, .resp3]

extension RedisServer {
    /// A configuration that reaches this server.
    func configuration(_ version: RedisConfiguration.ProtocolVersion = .resp3) throws -> RedisConfiguration {
        var configuration = try RedisConfiguration(url: url)
        configuration.protocolVersion = version
        return configuration
    }

    /// Publishes from a connection of its own; returns the receivers.
    @discardableResult
    func publish(_ channel: RedisBytes, _ payload: RedisBytes) throws -> Int {
        Int(try command([Array("PUBLISH".utf8), channel.bytes, payload.bytes])) ?? -1
    }

    @discardableResult
    func spublish(_ channel: RedisBytes, _ payload: RedisBytes) throws -> Int {
        Int(try command([Array("SPUBLISH".utf8), channel.bytes, payload.bytes])) ?? -1
    }
}

/// A configuration for a script that does not expect questions about publishes among the commands.
func scripted(_ url: String) throws -> RedisConfiguration {
    var configuration = try RedisConfiguration(url: url)
    configuration.lossBoundInterval = nil
    return configuration
}

/// An event in words that a test can compare.
func words(_ event: PubSub.Event) -> String {
    func count(_ count: Int?) -> String { count.map { " \($0)" } ?? "" }
    switch event {
    case .message(let message):
        let pattern = message.pattern.map { "\($0) " } ?? ""
        return "\(message.kind) \(pattern)\(message.channel) \(message.payload)"
    case .subscribed(let change): return "subscribed \(change.name)\(count(change.count))"
    case .unsubscribed(let change): return "unsubscribed \(change.name)\(count(change.count))"
    case .refused(let refusal): return "refused \(refusal.name) \(refusal.error.code)"
    case .gap(let gap): return gap.isComplete ? "gap" : "gap so far"
    case .drop(let drop): return "drop \(drop.count)"
    case .link(.lost): return "lost"
    case .link(.retrying): return "retrying"
    case .link(.restored): return "restored"
    case .link(.authenticationFailed): return "authentication failed"
    case .handlerFailed: return "handler failed"
    case .failed(let error): return "failed \(error.code)"
    case .push: return "push"
    }
}

extension PubSub {
    /// The next events in words, without those of the link while it is being restored.
    func take(_ count: Int, skipping: Set<String> = [], within limit: Duration = .seconds(20)) async throws -> [String]
    {
        var found: [String] = []
        let deadline = ContinuousClock.now.advanced(by: limit)
        while found.count < count {
            switch try await getMessage(timeout: ContinuousClock.now.duration(to: deadline)) {
            case .event(let event):
                if !skipping.contains(words(event)) { found.append(words(event)) }
            case .handled: found.append("handled")
            case .nothing: return found + ["nothing"]
            case .closed: return found + ["closed"]
            }
        }
        return found
    }
}

/// What a first connect that fails may take. Code under a sanitizer takes many times as long; the promise is for the
/// tool as it is used.
let promptFailure: Duration = unsafe dlsym(nil, "__tsan_init") == nil ? .seconds(1) : .seconds(10)

/// How many times as long the thread sanitizer lets code take that is only busy.
let sanitizerFactor = unsafe dlsym(nil, "__tsan_init") == nil ? 1 : 6

/// Collects from handlers on any thread.
final class Collector: Sendable {
    private let items = Locked<[String]>([])

    var all: [String] { items.withLock { $0 } }

    func add(_ item: String) { items.withLock { $0.append(item) } }
}

/// The value of an environment variable.
func environment(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
}

/// A port of 127.0.0.1 that refuses connections for as long as this process lives: nobody else can come to listen
/// there.
func closedPort() throws -> Int {
    let reservation = try PortReservation()
    closedPorts.withLock { $0.append(reservation) }
    return reservation.port
}

private let closedPorts = Locked<[PortReservation]>([])

extension RedisEventLoop {
    /// Returns when everything that the loop was given before is done, also what it had put off to the end of a turn.
    func endOfTurn() async {
        await withCheckedContinuation { continuation in
            self.execute { self.execute { continuation.resume() } }
        }
    }
}

extension RedisClusterOptions {
    /// A cluster whose nodes nobody brings down. One that a busy machine holds up for seconds is not taken for dead.
    static func steady(replicasPerPrimary: Int = 1) -> RedisClusterOptions {
        RedisClusterOptions(replicasPerPrimary: replicasPerPrimary, nodeTimeout: .seconds(4))
    }
}
