internal import RedisCore
internal import RedisReactor

// What is done for the streams from time to time.
extension GroupReader {
    /// How often what all groups have acknowledged is trimmed, at most.
    private static var trimInterval: Duration { .seconds(1) }

    func trimLater(_ stream: Int) {
        guard mustTrim.insert(stream).inserted else { return }
        _ = ScheduledCall(after: Self.trimInterval, on: loop) { [weak self] in
            self?.assumeIsolated { reader in
                reader.mustTrim.remove(stream)
                Task { [server = reader.server] in try? await server.trim(stream) }
            }
        }
    }

    func removeIdleConsumers() {
        guard isReading, let limit = options.idleConsumerLimit else { return }
        for stream in server.keys.indices {
            Task { [server] in
                let names = (try? await server.removeConsumers(stream, idle: limit)) ?? []
                if !names.isEmpty { self.tell(.consumersRemoved(key: server.keys[stream], names: names)) }
            }
        }
        _ = ScheduledCall(after: min(max(limit / 2, .seconds(60)), .seconds(3600)), on: loop) { [weak self] in
            self?.assumeIsolated { $0.removeIdleConsumers() }
        }
    }
}
