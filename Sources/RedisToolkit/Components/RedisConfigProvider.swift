#if Configuration
    public import Configuration
    internal import FoundationEssentials
    internal import RedisReactor

    /// Lets swift-configuration read what a `RedisConfigurationStore` has of a component, and hear of its changes.
    ///
    /// ```swift
    /// let provider = try await RedisConfigProvider(store, type: "app", component: "api")
    /// let config = ConfigReader(provider: provider)
    /// try await config.watchInt(forKey: "limits.perMinute", default: 100) { limits in
    ///     for await limit in limits { apply(limit) }
    /// }
    /// ```
    ///
    /// The JSON object of the component has the keys, also as objects inside it: `{"limits": {"perMinute": 100}}`.
    /// Bytes are texts in Base64. All that is asked without waiting is answered from the last value that was read, and
    /// changes with it as a whole. Without a configuration of the component, no key has a value.
    public final class RedisConfigProvider: ConfigProvider {
        private struct State: Sendable {
            var snapshot: Snapshot
            var watchers: [Int: AsyncStream<Snapshot>.Continuation] = [:]
            var lastWatcher = 0
        }

        private let store: RedisConfigurationStore
        private let key: RedisBytes
        private let state: Locked<State>
        private let handler = Locked(0)

        /// Reads the configuration of a component, and listens for changes from then on.
        ///
        /// - Parameters:
        ///   - store: Where it is.
        ///   - type: Of which kind.
        ///   - component: Of whom.
        /// - Throws: `.codingFailed` for what is no JSON, `.invalidConfiguration` for what is no object, and what
        ///   `RedisClient.send` throws.
        public init(_ store: RedisConfigurationStore, type: String, component: String) async throws(RedisError) {
            self.store = store
            let key = store.key(type: type, component: component)
            self.key = key
            let name = "RedisConfigProvider[\(key.shown())]"
            state = Locked(State(snapshot: Snapshot(providerName: name, leaves: [:])))
            let number = store.watch.addHandler(key) { [weak self] _ in
                // What cannot be decoded is no change: the last value counts.
                try? self?.update()
            }
            handler.withLock { $0 = number }
            _ = try await store.watch.value(of: key)
            try update()
        }

        deinit {
            store.watch.removeHandler(key, handler.withLock { $0 })
            for watcher in state.withLock({ $0.watchers }).values { watcher.finish() }
        }

        private static func leaves(_ bytes: RedisBytes?, of key: RedisBytes) throws(RedisError) -> [String:
            JSONDocument]
        {
            guard let bytes else { return [:] }
            guard let leaves = try RedisJSONCoder().decode(JSONDocument.self, from: bytes, of: key).leaves else {
                throw RedisError(.invalidConfiguration, "\"\(key.shown())\" has no JSON object")
            }
            return leaves
        }

        /// Takes over what the store has read last.
        private func update() throws(RedisError) {
            try state.withLock { state throws(RedisError) in
                // Asked in the lock, so that nobody who was faster is put back to what was before.
                let leaves = try Self.leaves(store.watch.lastValue(of: key), of: key)
                guard state.snapshot.leaves != leaves else { return }
                state.snapshot.leaves = leaves
                // In the lock, so that they come in the order of the changes. A stream calls nobody here.
                for watcher in state.watchers.values { watcher.yield(state.snapshot) }
            }
        }

        // MARK: ConfigProvider

        /// Says which component it is.
        public var providerName: String { state.withLock { $0.snapshot.providerName } }

        /// The value of a key, in what was read last.
        ///
        /// - Throws: `RedisError` with `.codingFailed`, which names the key and the type, when the value is of another
        ///   type.
        public func value(forKey key: AbsoluteConfigKey, type: ConfigType) throws -> LookupResult {
            try state.withLock { $0.snapshot }.value(forKey: key, type: type)
        }

        /// The value of a key, which is read from the server if it may have changed.
        ///
        /// - Throws: Why the server cannot be asked; what `value(forKey:type:)` throws.
        public func fetchValue(forKey key: AbsoluteConfigKey, type: ConfigType) async throws -> LookupResult {
            _ = try await store.watch.value(of: self.key)
            try update()
            return try value(forKey: key, type: type)
        }

        /// Passes the value of a key to the handler, and each change of it.
        ///
        /// - Throws: What the handler throws. A value of another type is an element of the updates.
        public func watchValue<Return: ~Copyable>(
            forKey key: AbsoluteConfigKey,
            type: ConfigType,
            updatesHandler: (
                _ updates: ConfigUpdatesAsyncSequence<Result<LookupResult, any Error>, Never>
            ) async throws -> Return
        ) async throws -> Return {
            let (stream, number) = watch()
            defer { state.withLock { $0.watchers[number] = nil } }
            return try await updatesHandler(
                ConfigUpdatesAsyncSequence(
                    stream.map { snapshot in Result { try snapshot.value(forKey: key, type: type) } }
                )
            )
        }

        /// All that was read last, as it was then.
        public func snapshot() -> any ConfigSnapshot { state.withLock { $0.snapshot } }

        /// Passes all that was read last to the handler, and each change.
        ///
        /// - Throws: What the handler throws.
        public func watchSnapshot<Return: ~Copyable>(
            updatesHandler: (_ updates: ConfigUpdatesAsyncSequence<any ConfigSnapshot, Never>) async throws -> Return
        ) async throws -> Return {
            let (stream, number) = watch()
            defer { state.withLock { $0.watchers[number] = nil } }
            return try await updatesHandler(
                ConfigUpdatesAsyncSequence(stream.map { snapshot -> any ConfigSnapshot in snapshot })
            )
        }

        private func watch() -> (AsyncStream<Snapshot>, Int) {
            let (stream, continuation) = AsyncStream<Snapshot>.makeStream(bufferingPolicy: .bufferingNewest(1))
            let number = state.withLock { state in
                state.lastWatcher += 1
                state.watchers[state.lastWatcher] = continuation
                continuation.yield(state.snapshot)
                return state.lastWatcher
            }
            return (stream, number)
        }
    }

    extension RedisConfigProvider {
        /// What a component has at one time.
        private struct Snapshot: ConfigSnapshot {
            let providerName: String
            var leaves: [String: JSONDocument]

            func value(forKey key: AbsoluteConfigKey, type: ConfigType) throws -> LookupResult {
                let name = key.components.joined(separator: ".")
                guard let leaf = leaves[name] else { return LookupResult(encodedKey: name, value: nil) }
                guard let content = leaf.content(as: type) else {
                    throw RedisError(.codingFailed, "the configuration has no \(type.rawValue) under \"\(name)\"")
                }
                return LookupResult(encodedKey: name, value: ConfigValue(content, isSecret: false))
            }
        }
    }

    extension RedisConfigProvider: CustomStringConvertible {
        /// Its name, without values.
        public var description: String { providerName }
    }

    extension JSONDocument {
        /// The leaf as a value of that type; `nil` if it is of another one.
        fileprivate func content(as type: ConfigType) -> ConfigContent? {
            switch type {
            case .string: string.map { .string($0) }
            case .int: int.map { .int($0) }
            case .double: double.map { .double($0) }
            case .bool: bool.map { .bool($0) }
            case .bytes: bytes.map { .bytes($0) }
            case .stringArray: list(\.string).map { .stringArray($0) }
            case .intArray: list(\.int).map { .intArray($0) }
            case .doubleArray: list(\.double).map { .doubleArray($0) }
            case .boolArray: list(\.bool).map { .boolArray($0) }
            case .byteChunkArray: list(\.bytes).map { .byteChunkArray($0) }
            }
        }

        private var string: String? {
            if case .string(let value) = self { value } else { nil }
        }

        private var int: Int? {
            switch self {
            case .int(let value): value
            case .double(let value): Int(exactly: value)
            case .null, .bool, .string, .array, .object: nil
            }
        }

        private var double: Double? {
            switch self {
            case .int(let value): Double(exactly: value)
            case .double(let value): value
            case .null, .bool, .string, .array, .object: nil
            }
        }

        private var bool: Bool? {
            if case .bool(let value) = self { value } else { nil }
        }

        private var bytes: [UInt8]? { string.flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) } }

        private func list<Element>(_ element: (JSONDocument) -> Element?) -> [Element]? {
            guard case .array(let values) = self else { return nil }
            let elements = values.compactMap(element)
            return elements.count == values.count ? elements : nil
        }
    }
#endif
