# ClientHellos that no library would send: built byte by byte and sent over a plain TCP
# connection. The answer is read up to the ServerHello or the first alert.
package TlsGate::RawHello;

use strict;
use warnings;

use Exporter 'import';
use IO::Select;
use IO::Socket::INET;
use Time::HiRes ();

our @EXPORT_OK = qw(hello sslv2_hello record dial answer shake told wire);

# How long a server may take to answer, in seconds.
my $PATIENCE = 60;

# RFC 8446 section 4.1.3: the random of a ServerHello that is a HelloRetryRequest.
my $RETRY = pack('H*', 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c');

my %WIRE = (
    'SSLv2' => 0x0002, 'SSLv3' => 0x0300, 'TLSv1' => 0x0301, 'TLSv1.1' => 0x0302, 'TLSv1.2' => 0x0303,
    'TLSv1.3' => 0x0304,
);
my %NAME = reverse %WIRE;

# Ciphers that work with an RSA certificate: of TLS 1.3, of TLS 1.2, and older ones.
my @CIPHERS = (0x1301, 0x1302, 0xC02F, 0xC030, 0xC013, 0xC014, 0x002F, 0x0035);

# The number of a version in httpd's spelling; numbers stay as they are.
sub wire { return map { $WIRE{$_} // $_ } @_ }

sub extension { my ($type, $data) = @_; return pack('n n/a*', $type, $data) }

# A list of numbers after its length in bytes.
sub numbers { return pack('n/a*', pack('n*', @_)) }

# The message as records of at most `size` bytes.
sub record {
    my ($message, %o) = @_;
    my $size = $o{size} || 16384;
    return join('', map { pack('C n n/a*', 22, $o{record} // 0x0301, $_) } unpack("(a$size)*", $message));
}

# One ClientHello in its record. Options: legacy (the version in front; 0x0303),
# versions (the list of supported_versions; without it the extension is not sent), ciphers,
# scsv (TLS_FALLBACK_SCSV is added), sni, alpn (list), groups, key_share (a group; 0: none),
# sigalgs, bare (no extensions at all), more (bytes of further extensions), session, size and
# record (see record).
sub hello {
    my (%o) = @_;
    my @ciphers = (@{ $o{ciphers} || \@CIPHERS }, $o{scsv} ? 0x5600 : ());
    my $share   = $o{key_share} // 29;
    my $ext     = '';
    $ext .= extension(0, pack('n/a*', pack('C n/a*', 0, $o{sni}))) if defined $o{sni};
    $ext .= extension(10, numbers(@{ $o{groups} || [ 29, 23 ] }));
    $ext .= extension(11, pack('C/a*', "\0"));
    $ext .= extension(13, numbers(@{ $o{sigalgs} || [ 0x0804, 0x0401, 0x0501, 0x0201 ] }));
    $ext .= extension(16, pack('n/a*', pack('(C/a*)*', @{ $o{alpn} }))) if $o{alpn};
    if ($o{versions}) {
        $ext .= extension(43, pack('C/a*', pack('n*', wire(@{ $o{versions} }))));
        $ext .= extension(45, pack('C/a*', "\1"));
        # The base point of X25519, a valid key (RFC 7748 section 4.1).
        $ext .= extension(51, pack('n/a*', $share ? pack('n n/a*', $share, "\x09" . "\0" x 31) : ''));
    }
    $ext .= $o{more} // '';
    my ($legacy) = wire($o{legacy} // 0x0303);
    my $body = pack('n a32 C/a* n/a* C/a*', $legacy, 'r' x 32, $o{session} // '', pack('n*', @ciphers), "\0");
    $body .= pack('n/a*', $ext) unless $o{bare};
    return record(pack('C', 1) . substr(pack('N', length $body), 1) . $body, %o);
}

# RFC 5246 appendix E.2: a hello in the format of SSLv2. Options: legacy, ciphers.
sub sslv2_hello {
    my (%o) = @_;
    my ($legacy) = wire($o{legacy} // 'TLSv1');
    my $ciphers = join('', map { pack('C n', 0, $_) } @{ $o{ciphers} || \@CIPHERS });
    my $message = pack('C n n n n', 1, $legacy, length $ciphers, 0, 16) . $ciphers . 'c' x 16;
    return pack('n', 0x8000 | length $message) . $message;
}

# A connection. Options: port, from (the local address).
sub dial {
    my (%o) = @_;
    return IO::Socket::INET->new(PeerAddr => $o{to} // '127.0.0.1', PeerPort => $o{port}, Timeout => $PATIENCE,
        ($o{from} ? (LocalAddr => $o{from}) : ())) || die "cannot connect to port $o{port}: $!\n";
}

# Exactly that many bytes, or undef if the server leaves or is silent before.
sub _take {
    my ($socket, $n) = @_;
    my $bytes = '';
    while (length $bytes < $n) {
        return unless IO::Select->new($socket)->can_read($PATIENCE);
        sysread($socket, $bytes, $n - length $bytes, length $bytes) or return;
    }
    return $bytes;
}

# The server's first message: { alert, level }, { version, retry }, or {} if it sends
# neither.
sub answer {
    my ($socket) = @_;
    my $message = '';
    while (defined(my $head = _take($socket, 5))) {
        my ($type, undef, $length) = unpack('C n n', $head);
        my $data = _take($socket, $length) // last;
        return { level => unpack('C', $data), alert => unpack('x C', $data) } if $type == 21;
        last unless $type == 22;
        $message .= $data;
        last if length $message >= 4 && length $message >= 4 + (unpack('N', $message) & 0xFFFFFF);
    }
    return {} unless length $message > 4 && unpack('C', $message) == 2;
    my ($legacy, $random, undef, undef, undef, $extensions) = unpack('x4 n a32 C/a n C n/a', $message);
    my %extension = unpack('(n n/a)*', $extensions // '');
    my $version = defined $extension{43} ? unpack('n', $extension{43}) : $legacy;
    return { version => $NAME{$version} // $version, retry => $random eq $RETRY ? 1 : 0 };
}

# Sends a hello and reads the answer. Options: those of dial and hello, or bytes for the
# hello as sent.
sub shake {
    my (%o) = @_;
    local $SIG{PIPE} = 'IGNORE';
    my $socket = dial(%o);
    syswrite($socket, $o{bytes} // hello(%o));
    return answer($socket);
}

# An answer in two words: "TLSv1.2", "retry TLSv1.3", "alert 70", "nothing".
sub told {
    my ($answer) = @_;
    return "alert $answer->{alert}" if defined $answer->{alert} && $answer->{level} == 2;
    return "warning $answer->{alert}" if defined $answer->{alert};
    return 'nothing' unless defined $answer->{version};
    return ($answer->{retry} ? 'retry ' : '') . $answer->{version};
}

1;
