package import RedisCore

/// The exit status of rwatch. The numbers above 63 are those of sysexits.h.
package enum ExitStatus: Hashable, Sendable {
    /// The run ended as requested.
    case success
    /// The time was over before the count was reached.
    case conditionUnmet
    /// A mistake in the command line.
    case usage
    /// A line of a recording cannot be used, and every line has to be.
    case inputInvalid
    /// Standard input, a recording or a file of names could not be read.
    case inputFailed
    /// The server cannot be reached, or was lost and must not be connected to again.
    case unavailable
    /// The output could not be written.
    case outputFailed
    /// MONITOR was ended to protect the server.
    case guardTripped
    /// The password is wrong, or the user may not do this.
    case noPermission
    /// The server lacks a needed feature, or is not configured for it.
    case unsupported
    /// A signal ended the run.
    case signal(Int32)

    /// The number for the shell.
    package var code: Int32 {
        switch self {
        case .success: 0
        case .conditionUnmet: 1
        case .usage: 64
        case .inputInvalid: 65
        case .inputFailed: 66
        case .unavailable: 69
        case .outputFailed: 74
        case .guardTripped: 75
        case .noPermission: 77
        case .unsupported: 78
        case .signal(let number): 128 + number
        }
    }

    /// The status for an error of the library.
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
