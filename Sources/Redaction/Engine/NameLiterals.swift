// The literals that set off the rules for names that words or places announce, and for logins.

extension Literals {
    /// Names behind words that announce one, and in rows of lists.
    static func told() -> [TriggerTable.Literal] {
        var list = ToldName.all.enumerated().map { index, told in
            literal(told.mark, .told(index), at: max(0, told.mark.utf8.count - 5))
        }
        list += [
            literal(" ? ", .processRow), literal(" 20   0 ", .priorityRow, at: 3),
            literal(" IPv4 ", .openFileRow, at: 2), literal(" IPv6 ", .openFileRow, at: 2),
            literal(") at ", .neighbour), literal(") via ", .leased),
            literal("arn:aws", .cloudName, at: 4),
        ]
        list += [
            literal(" Running  ", .podRow, at: 3), literal(" Pending  ", .podRow, at: 3),
            literal(" Completed  ", .podRow, at: 4), literal("CrashLoopBackOff  ", .podRow, at: 5),
            literal(" Ready  ", .nodeRow, at: 2), literal(" NotReady  ", .nodeRow, at: 3),
            literal("uccessfully assigned ", .assignedNode, at: 8),
            literal("kubelet, ", .kubeletHost, at: 3), literal(" : ok=", .playRow, at: 3),
            literal(" ansible_host=", .playRow, at: 3),
            literal("-home-", .joinedHome, at: 1), literal("-users-", .joinedHome, at: 1),
            literal(" insecure-password ", .userBefore, at: 5),
            literal("S-1-5-21-", .securityID, at: 4, exact: true),
            literal("set password for ", .setPassword, at: 9),
        ]
        for level in ["LOG: ", "FATAL: ", "ERROR: ", "DETAIL: ", "STATEMENT: ", "HINT: "] {
            list.append(literal(" " + level, .databaseUser, at: 1, exact: true))
        }
        for sign in ["  ", "\t"] {
            list.append(literal(sign + "User ", .sshUser, at: sign.utf8.count, exact: true))
        }
        list += [
            literal(" device product:", .deviceRow, at: 8), literal("/:_", .hostPath),
        ]
        for digit in "0123456789" {
            for letter in "abcdefghijklmnopqrstuvwxyz" {
                list.append(literal("\(digit)\t\(letter)", .hostsLine))
            }
            for country in accountCountries {
                list.append(literal(country + String(digit), .bankAccount, exact: true))
            }
        }
        for month in months { list.append(literal("/\(month)/20", .requestRow, exact: true)) }
        let capitals = (65...90).map { String(UnicodeScalar(UInt8($0))) }
        for last in capitals {
            for first in capitals.map({ $0.lowercased() }) {
                list.append(literal(last + "\\" + first, .domainAccount, exact: true))
            }
            list.append(literal(last + "\\\\", .domainAccount, exact: true))
            list.append(literal("\\\\" + last, .sharedFolder))
        }
        for digit in "0123456789" { list.append(literal("\\\\\(digit)", .sharedFolder)) }
        return list
    }

    /// A name and its password side by side.
    static func logins() -> [TriggerTable.Literal] {
        var list = Scanner.loginCalls.map {
            literal($0, .loginCall, at: $0.utf8.count - 3)
        }
        list += Scanner.loginPhrases.map { literal($0, .spokenLogin, at: $0.utf8.count - 4) }
        list += [587, 465, 25, 2525].map { literal("]:\($0) ", .relayLogin) }
        for number in ["0", "5", "7", "8", "9"] {
            list.append(literal("secret \(number) ", .routerSecret, at: 4))
            list.append(literal("password \(number) ", .routerSecret, at: 6))
        }
        return list + [
            literal("(lldb) ", .debuggerAnswer, at: 1), literal("(gdb) ", .debuggerAnswer, at: 1),
            literal("label=", .labelledField, at: 2),
            literal("stringvalue\"", .attributeValue, at: 5),
            literal("stringvalue\\\"", .attributeValue, at: 5),
            literal("variable \"", .variableDefault, at: 5),
            literal("password is ", .spokenPassword, at: 6),
            literal("passphrase is ", .spokenPassword, at: 4),
            literal("\t*\t", .peerSecret), literal("  *  ", .peerSecret),
            literal("AUTH ", .sentPassword, at: 2, exact: true),
            literal("send \"", .typedPassword, at: 3),
            literal("send -- \"", .typedPassword, at: 4), literal(" /p:", .desktopFlag),
            literal(" /u:", .desktopFlag), literal(" /v:", .desktopFlag),
            literal("--body ", .storedSecret, at: 3), literal("--body=", .storedSecret, at: 3),
            literal("UGFzc3dvcmQ6", .answer(isPassword: true), exact: true),
            literal("VXNlcm5hbWU6", .answer(isPassword: false), exact: true),
            literal("<auth-user-pass>", .inlineLogin, at: 9),
            literal(":APA91b", .messagingToken, exact: true),
        ]
    }

    /// Countries whose banks number accounts by ISO 13616.
    private static let accountCountries = [
        "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR",
        "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE",
        "SI", "SK", "TR",
    ]

    static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Names in brackets, cells and columns, and the addresses of hardware that are all letters at a dot.
    static func listedNames() -> [TriggerTable.Literal] {
        var list: [TriggerTable.Literal] = []
        // `[user] => x` of PHP, `<td>user</td>`, and names between backticks.
        let listed =
            "user username login logname hostname device_id deviceid machine_id mac hwaddr pass pw uid"
        for word in listed.split(separator: " ") {
            for end in ["]", "`", "</"] {
                let text = "\(word)\(end)"
                list.append(literal(text, .key, at: text.utf8.count - 3))
            }
        }
        for word in ["user", "username", "logname", "hostname", "device_id", "mac", "hwaddr"] {
            list.append(literal(word + "   ", .key, at: word.utf8.count - 3))
        }
        list.append(literal("--pass\0", .key, at: 3))
        // Statements in backticks behind what a parser says of them.
        for words in [" in `", " at `", " before `", " after `", " token `", " statement `"] {
            list.append(literal(words, .tickedSource, at: words.utf8.count - 3))
        }
        for (word, rare) in [
            ("_pin", 1), ("-pin", 1), ("pass)", 2), ("username)", 1), ("hostname)", 1),
        ] {
            list.append(literal(word, .key, at: rare))
        }
        // Ids of machines, whatever stands behind their names.
        for (word, rare) in [
            ("device_id", 5), ("deviceid", 4), ("device-id", 5), ("machine_id", 6),
            ("machineid", 5),
            ("machine-id", 6), ("peer_id", 3), ("logname ", 1), ("logname\t", 1), ("username ", 1),
            ("username\t", 1),
        ] {
            list.append(literal(word, .key, at: rare))
        }
        for first in "abcdef" {
            for second in "abcdef" {
                list.append(literal("\(first).\(second)", .dottedHardware))
            }
        }
        return list
    }
}
