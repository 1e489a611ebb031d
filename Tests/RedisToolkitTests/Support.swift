@_exported public import ClientTestSupport
import RedisCore
import RedisReactor
import RedisTesting
import RedisToolkit
import Testing

extension RedisServer {
    /// How often the server has executed a command, by INFO.
    func calls(of command: String) throws -> Int {
        let line = try self.command("INFO", "commandstats").split(separator: "\r\n").first {
            $0.hasPrefix("cmdstat_\(command):calls=")
        }
        guard let number = line?.split(separator: "=").dropFirst().first?.prefix(while: \.isNumber) else { return 0 }
        return Int(number) ?? 0
    }

    /// How many scripts the server has run.
    func scriptCalls() throws -> Int { try calls(of: "evalsha") }

    /// The milliseconds until a key ends; -1 if it does not end, -2 if it is not there.
    func timeToLive(_ key: String) throws -> Int { Int(try command("PTTL", key)) ?? -3 }

    /// How many subscribe to a channel.
    func subscribers(of channel: String) throws -> Int {
        Int(try command("PUBSUB", "NUMSUB", channel).split(separator: "\n").last ?? "") ?? -1
    }
}

/// Lets tasks wait until a test says so.
final class Gate: Sendable {
    private let promise = Promise<Void>()

    func open() { promise.complete(.success(())) }

    /// Suspends until the gate is open, or until the task is cancelled.
    func pass() async throws { try await promise.value() }
}

/// Runs `body` on a thread of its own.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    let promise = Promise<Result<Value, any Error>>()
    _ = try PlainThread.start(name: "toolkit-test") { promise.complete(.success(Result { try body() })) }
    return try await promise.value().get()
}
