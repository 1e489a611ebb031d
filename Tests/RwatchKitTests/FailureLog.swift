import Foundation
import RedisReactor
import RwatchKit

/// Collects what a pump reports.
final class FailureLog: Sendable {
    private let failures = Locked<[OutputFailure]>([])
    private let arrived = DispatchSemaphore(value: 0)

    var all: [OutputFailure] { failures.withLock { $0 } }

    func record(_ failure: OutputFailure) {
        failures.withLock { $0.append(failure) }
        arrived.signal()
    }

    /// Whether a failure is reported within so many seconds.
    func arrives(within seconds: Double) -> Bool {
        arrived.wait(timeout: .now() + seconds) == .success
    }
}
