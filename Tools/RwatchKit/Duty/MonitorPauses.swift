import RedisCore
package import RedisEvents

/// The pauses of a monitor, for each of which there may be several reasons at once: it goes on when the last is over.
package actor MonitorPauses {
    enum Reason: Hashable {
        /// The process is going to be stopped.
        case stop
        /// Only a part of each second is monitored.
        case duty(DutyCycle)

        fileprivate var error: RedisError {
            switch self {
            case .stop: .suspension
            case .duty(let cycle):
                RedisError(
                    .dutyCycle,
                    "not monitored: --duty \(cycle.percent)% is \(Notices.seconds(cycle.turn)) of each second"
                )
            }
        }
    }

    private let monitor: Monitor
    private var reasons: Set<Reason> = []

    package init(of monitor: Monitor) { self.monitor = monitor }

    /// Leaves MONITOR. When this returns the link is closed.
    func pause(for reason: Reason) async {
        reasons.insert(reason)
        // A second call changes nothing, and returns when the first has closed the link.
        await monitor.suspend(because: reason.error)
    }

    /// Ends a pause.
    func resume(after reason: Reason) async {
        guard reasons.remove(reason) != nil, reasons.isEmpty else { return }
        await monitor.resume()
    }
}
