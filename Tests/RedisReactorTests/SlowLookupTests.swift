import Glibc
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("Connecting to a name whose lookup is slow", .tags(.unit), .timeLimit(.minutes(1)))
struct SlowLookupTests {
    private func connect(
        _ names: AddressCache,
        port: Int,
        timeout: Duration = .seconds(10),
        lookupTimeout: Duration = .seconds(10)
    ) async throws -> ConnectError? {
        let connector = Connector(on: try .shared, names: names)
        do throws(ConnectError) {
            _ = try await connector.connect(
                to: .tcp(host: "redis.test", port: UInt16(port)),
                timeout: timeout,
                lookupTimeout: lookupTimeout
            )
            return nil
        } catch { return error }
    }

    private func server() throws -> ScriptedServer {
        let server = ScriptedServer { connection in _ = try connection.waitForClose() }
        try server.start()
        return server
    }

    @Test("waits for it longer than for the connect")
    func ownLimit() async throws {
        let server = try server()
        let resolver = HeldResolver()
        let names = resolver.cache()
        async let failure = connect(names, port: server.port, timeout: .seconds(1))
        #expect(try await eventually { resolver.waiting == 1 })
        try await Task.sleep(for: .milliseconds(1100))
        resolver.answer()
        #expect(try await failure == nil)
        try await server.finish()
    }

    @Test("gives up after the lookup's limit, and has the late answer for the next attempt")
    func lateAnswer() async throws {
        let server = try server()
        let resolver = HeldResolver()
        let names = resolver.cache()
        let limit = Duration.milliseconds(20)
        #expect(try await connect(names, port: server.port, lookupTimeout: limit) == .lookupTimedOut(limit))
        resolver.answer()
        #expect(try await connect(names, port: server.port) == nil)
        #expect(resolver.count == 1)
        // Used up: the next asks anew.
        resolver.isHolding = false
        #expect(try await connect(names, port: server.port) == nil)
        #expect(resolver.count == 2)
        try await server.finish()
    }

    @Test("tries the addresses of before, and says so where they fail")
    func lastGoodAddresses() async throws {
        let resolver = HeldResolver(isHolding: false)
        let names = resolver.cache()
        let server = try server()
        #expect(try await connect(names, port: server.port) == nil)
        resolver.isHolding = true
        #expect(try await connect(names, port: server.port) == nil)
        // One lookup, however many ask.
        #expect(try await connect(names, port: server.port) == nil)
        #expect(resolver.count == 2)
        try await server.finish()
        let port = try FreePort.next()
        resolver.isHolding = false
        let refused = ConnectError.refused(RedisSystemError(call: "connect", code: ECONNREFUSED))
        #expect(try await connect(names, port: port) == refused)
        resolver.isHolding = true
        guard case .slowLookup(let lookup, refused)? = try await connect(names, port: port) else {
            return #expect(Bool(false))
        }
        #expect(lookup.isPending)
    }

    @Test("tries them too while the resolver is out of order, but not for a name that is no more")
    func failures() async throws {
        let server = try server()
        let resolver = HeldResolver(isHolding: false)
        let names = resolver.cache()
        #expect(try await connect(names, port: server.port) == nil)
        resolver.code = EAI_AGAIN
        #expect(try await connect(names, port: server.port) == nil)
        resolver.code = EAI_NONAME
        #expect(
            try await connect(names, port: server.port) == .lookup(LookupError(host: "redis.test", code: EAI_NONAME))
        )
        try await server.finish()
    }

    @Test("can be given up")
    func cancelled() async throws {
        let connector = Connector(on: try .shared, names: HeldResolver().cache())
        let connecting = Task { () async -> ConnectError? in
            do throws(ConnectError) {
                _ = try await connector.connect(to: .tcp(host: "redis.test", port: 1), timeout: .seconds(50))
                return nil
            } catch { return error }
        }
        await connector.cancel()
        #expect(await connecting.joined == .cancelled)
    }
}

/// Answers that every name is this machine, when the test wants it.
private final class HeldResolver: Sendable {
    private struct State {
        var isHolding: Bool
        var code: Int32?
        var count = 0
        var held: [@Sendable () -> Void] = []
    }

    private let state: Locked<State>

    init(isHolding: Bool = true) { state = Locked(State(isHolding: isHolding)) }

    var isHolding: Bool {
        get { state.withLock { $0.isHolding } }
        set { state.withLock { $0.isHolding = newValue } }
    }
    /// With what lookups fail.
    var code: Int32? {
        get { state.withLock { $0.code } }
        set { state.withLock { $0.code = newValue } }
    }
    /// How often it was asked.
    var count: Int { state.withLock { $0.count } }
    /// How many answers are held.
    var waiting: Int { state.withLock { $0.held.count } }

    func cache() -> AddressCache {
        AddressCache(headStart: .milliseconds(20)) { host, port, completion in
            let isHeld = self.state.withLock { state in
                state.count += 1
                let code = state.code
                let answer: @Sendable () -> Void = {
                    if let code { return completion(.failure(LookupError(host: host, code: code))) }
                    completion(SocketAddress.resolve(host: "127.0.0.1", port: port, isNumeric: true))
                }
                state.held.append(answer)
                return state.isHolding
            }
            if !isHeld { self.answer() }
        }
    }

    /// Gives what is held.
    func answer() {
        for answer in state.withLock({ exchange(&$0.held, with: []) }) { answer() }
    }
}
