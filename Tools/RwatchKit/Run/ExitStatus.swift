package import RedisCore

/// How rwatch ends. The numbers above 63 are those of sysexits.h.
package enum ExitStatus: Hashable, Sendable {
    /// As asked.
    case success
    /// The time was over before the count was reached.
    case conditionUnmet
    /// A mistake in the command line.
    case usage
    /// Standard input, or a file of names, could not be read.
    case inputFailed
    /// The server cannot be reached, or was lost and must not be reconnected to.
    case unavailable
    /// The output could not be written.
    case outputFailed
    /// MONITOR was left to protect the server.
    case guardTripped
    /// The password is wrong, or the user may not do this.
    case noPermission
    /// The server lacks what is needed, or is not set for it.
    case unsupported
    /// Ended by a signal, its default action included.
    case signal(Int32)

    /// The number that the shell sees.
    package var code: Int32 {
        switch self {
        case .success: 0
        case .conditionUnmet: 1
        case .usage: 64
        case .inputFailed: 66
        case .unavailable: 69
        case .outputFailed: 74
        case .guardTripped: 75
        case .noPermission: 77
        case .unsupported: 78
        case .signal(let number): 128 + number
        }
    }

    /// The end that an error of the library means.
    package init(_ error: RedisError) {
        switch error.code {
        case .authenticationFailed, .notPermitted: self = .noPermission
        case .invalidConfiguration, .invalidCommand: self = .usage
        case .notificationsOff, .unsupported: self = .unsupported
        case .guardTripped: self = .guardTripped
        case .serverError where error.lacksCommand: self = .unsupported
        case .systemFailure where error.underlyingError is InputFailure: self = .inputFailed
        default: self = .unavailable
        }
    }
}
