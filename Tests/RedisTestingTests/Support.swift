import RedisTesting

/// A child process of the test that is gone: absent, or a zombie that a container's first process does not collect.
func isGone(_ processID: Int32) -> Bool {
    switch ProcessStatus.of(processID) {
    case .absent, .zombie: true
    case .alive, .stopped: false
    }
}

/// The bytes of a text, for commands.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// The commands of a script as text.
func texts(_ command: [[UInt8]]) -> [String] { command.map { String(decoding: $0, as: UTF8.self) } }

/// Calls `body` and returns the error that it throws.
func failure(of body: () async throws(RedisTestingError) -> Void) async -> RedisTestingError? {
    do throws(RedisTestingError) {
        try await body()
        return nil
    } catch {
        return error
    }
}
