internal import Logging
internal import RedisReactor

/// The clients of the components of a program, whose servers a `RedisConfigurationStore` names: the decorator
/// `redis_connection` of *Redis in Action*.
///
/// ```swift
/// let components = RedisComponents(store)
/// try await components.withConnection(to: "logs") { client in
///     try await client.lpush("recent", "started")
/// }
///
/// let count = components.bind("statistics") { (client: RedisClient, page: String) in
///     try await client.incr(page)
/// }
/// let visits = try await count("index")
/// ```
///
/// The key `config:redis:<component>` has a JSON object with the names of <doc:/RedisCore/ConfigurationByText>, such as
/// `{"host": "10.0.0.5", "db": 3}` or `{"url": "rediss://…"}`.
///
/// **A change** is heard at once, and the next call reaches the new server. Calls that run go on with the old client,
/// which is drained and closed when the last of them has ended. Components with the same configuration share a client.
///
/// **No server is guessed.** A component without a configuration is `.notConfigured`. A configuration that cannot work
/// is `.invalidConfiguration`; if one that worked is replaced by such a one, the old one counts, and the log says so.
/// The same holds while the store's server is out of reach.
public final class RedisComponents: Sendable {
    /// Where the configurations are.
    public let store: RedisConfigurationStore
    /// The type of the configurations in the store.
    public let type: String
    private let configure: @Sendable (_ component: String, inout RedisConfiguration) -> Void
    private let state = Locked(State())

    private struct State: Sendable {
        var clients = ComponentClients<RedisClient>()
        /// The numbers of the handlers that hear of changes.
        var handlers: [String: Int] = [:]
        var isClosed = false
    }

    /// The components of a program. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - store: Where the configurations are.
    ///   - type: The type of the configurations in the store.
    ///   - configure: Completes each configuration: a password that should not stand in the store, a logger, observers.
    public init(
        _ store: RedisConfigurationStore,
        type: String = "redis",
        configure: @escaping @Sendable (_ component: String, inout RedisConfiguration) -> Void = { _, _ in }
    ) {
        self.store = store
        self.type = type
        self.configure = configure
    }

    deinit {
        let (clients, handlers) = state.withLock { ($0.clients.removeAll(), $0.handlers) }
        for (component, number) in handlers {
            store.watch.removeHandler(store.key(type: type, component: component), number)
        }
        for client in clients { client.blocking.close() }
    }

    // MARK: Clients

    /// Runs `body` with the client of a component, which stays open until `body` has ended.
    ///
    /// - Parameters:
    ///   - component: The name of the component.
    ///   - body: Gets the client.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws; `.notConfigured`; `.invalidConfiguration`; `.closed`; what the store's server says
    ///   if it was never read before.
    public func withConnection<Value>(
        to component: String,
        _ body: (RedisClient) async throws -> Value
    ) async throws -> Value {
        let use = try await use(component)
        defer { endUse(use.slot) }
        return try await body(use.client)
    }

    /// Makes a function that gets the client of a component without being given it.
    ///
    /// - Parameters:
    ///   - component: The name of the component.
    ///   - body: Gets the client in front of the arguments. The client stays open until it has ended.
    /// - Returns: The function. It is called with the arguments alone.
    public func bind<each Argument: Sendable, Value: Sendable>(
        _ component: String,
        _ body: @escaping @concurrent @Sendable (RedisClient, repeat each Argument) async throws -> Value
    ) -> RedisBoundFunction<Value, repeat each Argument> {
        RedisBoundFunction(components: self, component: component, body: body)
    }

    /// Ends the clients of all components when those that use them have ended. Later calls throw `.closed`.
    public func close() async {
        let (clients, handlers) = state.withLock { state in
            state.isClosed = true
            return (state.clients.removeAll(), exchange(&state.handlers, with: [:]))
        }
        for (component, number) in handlers {
            store.watch.removeHandler(store.key(type: type, component: component), number)
        }
        for client in clients { await client.drain() }
    }

    // MARK: Uses

    private func use(_ component: String) async throws(RedisError) -> ComponentClients<RedisClient>.Use {
        try listen(to: component)
        let key = store.key(type: type, component: component)
        while true {
            guard let bytes = try await store.watch.value(of: key) else {
                drain(state.withLock { $0.clients.remove(component) })
                let text = "nothing says where the server of the component \(component.debugDescription) is: the key"
                throw RedisError(.notConfigured, "\(text) \"\(key.shown())\" does not exist", phase: .command)
                    .with(.notExecuted)
            }
            if let use = state.withLock({ $0.clients.use(component, bytes) }) { return use }
            do throws(RedisError) { try install(component, bytes) } catch {
                guard let use = state.withLock({ $0.clients.use(component, nil) }) else { throw error }
                return use
            }
        }
    }

    private func endUse(_ slot: Int) {
        if let client = state.withLock({ $0.clients.endUse(slot) }) { drain([client]) }
    }

    /// Gives a component the client of this configuration.
    private func install(_ component: String, _ bytes: RedisBytes) throws(RedisError) {
        let client = try RedisClient(try configuration(of: component, bytes))
        let (unused, isClosed) = state.withLock { state in
            (state.clients.install(component, bytes, client), state.isClosed)
        }
        drain(unused)
        if isClosed {
            drain(state.withLock { $0.clients.removeAll() })
            throw closed
        }
    }

    /// Reads a configuration. No error contains a value of it.
    private func configuration(of component: String, _ bytes: RedisBytes) throws(RedisError) -> RedisConfiguration {
        let key = store.key(type: type, component: component)
        let document = try RedisJSONCoder().decode(JSONDocument.self, from: bytes, of: key)
        guard let leaves = document.leaves else {
            throw RedisError(.invalidConfiguration, "\"\(key.shown())\" has no JSON object").with(.notExecuted)
        }
        do throws(RedisError) {
            var configuration = try RedisConfiguration(prefix: "", in: leaves.mapValues(\.text))
            configure(component, &configuration)
            return configuration
        } catch {
            throw RedisError(error.code, "\"\(key.shown())\": \(error.message)").with(.notExecuted)
        }
    }

    // MARK: Changes

    /// Hears of changes of a component from now on.
    private func listen(to component: String) throws(RedisError) {
        let isNew = state.withLock { state -> Bool? in
            guard !state.isClosed else { return nil }
            guard state.handlers[component] == nil else { return false }
            // The place is taken, so that nobody else listens too.
            state.handlers[component] = 0
            return true
        }
        guard let isNew else { throw closed }
        guard isNew else { return }
        let number = store.watch.addHandler(store.key(type: type, component: component)) { [weak self] bytes in
            self?.changed(component, bytes)
        }
        state.withLock { $0.handlers[component] = number }
    }

    /// Lets the old client go, so that nobody has to call for that.
    private func changed(_ component: String, _ bytes: RedisBytes?) {
        guard let bytes else { return drain(state.withLock { $0.clients.remove(component) }) }
        // Who never called needs no client.
        guard state.withLock({ $0.clients.has(component) }) else { return }
        do throws(RedisError) { try install(component, bytes) } catch {
            let metadata: Logger.Metadata = ["component": "\(component)", "error": "\(error)"]
            store.client.configuration.logger.warning(
                "a component has a new configuration that cannot work; the old one counts",
                metadata: metadata
            )
        }
    }

    private func drain(_ clients: [RedisClient]) {
        for client in clients { Task { await client.drain() } }
    }

    private var closed: RedisError {
        RedisError(.closed, "the components were closed", phase: .command).with(.notExecuted)
    }
}

/// A function that reaches the server of a component. `RedisComponents.bind` makes it; it is called like any other.
public struct RedisBoundFunction<Value: Sendable, each Argument: Sendable>: Sendable {
    let components: RedisComponents
    let component: String
    let body: @concurrent @Sendable (RedisClient, repeat each Argument) async throws -> Value

    /// Calls the function with the client of the component and these arguments.
    ///
    /// - Throws: What the function and `RedisComponents.withConnection` throw.
    public func callAsFunction(_ arguments: repeat each Argument) async throws -> Value {
        try await components.withConnection(to: component) { client in
            try await body(client, repeat each arguments)
        }
    }
}
