# ClientHellos for tests: caught from a real client on a listener that never
# answers, read from t/hellos, and fingerprinted by an independent computation, written
# from the specifications of JA4 and JA3 and not from the module's source.
package TlsGate::Hello;

use strict;
use warnings;

use Digest::MD5 qw(md5_hex);
use Digest::SHA qw(sha256_hex);
use Exporter 'import';
use File::Basename qw(basename dirname);
use IO::Select;
use IO::Socket::INET;
use POSIX ();

our @EXPORT_OK = qw(catch_hello greased hellos ja3 ja4 listener made records sniffed understood);

my $STORE = dirname(__FILE__) . '/../../hellos';

# How long a client may take to say hello, in seconds.
my $PATIENCE = 120;

# --- a hello is { format => 'hello' or 'sslv2', bytes, records } ----------------

# A listener on loopback; ->sockport says where.
sub listener {
    return IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5) || die "no listener: $!\n";
}

# Exactly that many bytes, or undef if the client leaves or is silent before.
sub _take {
    my ($socket, $n) = @_;
    my $bytes = '';
    while (length $bytes < $n) {
        return unless IO::Select->new($socket)->can_read($PATIENCE);
        sysread($socket, $bytes, $n - length $bytes, length $bytes) or return;
    }
    return $bytes;
}

# The hello of the next connection that sends one; undef if none does.
sub sniffed {
    my ($listener) = @_;
    while (IO::Select->new($listener)->can_read($PATIENCE)) {
        my $hello = _said($listener->accept // next);
        return $hello if $hello;
    }
    return;
}

# The first handshake message with its header, however many records it is split into; of a
# hello in SSLv2 format the bytes after the record header of two bytes.
sub _said {
    my ($socket) = @_;
    my ($message, $records) = ('', 0);
    while (length $message < 4 || length $message < 4 + (unpack('N', $message) & 0xFFFFFF)) {
        my ($type, $version, $length) = unpack('C n n', _take($socket, 5) // return);
        if ($type & 0x80) { # RFC 5246 appendix E.2: three bytes of the message are read
            my $start = pack('n n', $version, $length);
            my $rest  = _take($socket, (($type & 0x7F) << 8 | $version >> 8) - 3) // return;
            return { format => 'sslv2', bytes => substr($start, 1) . $rest, records => 1 };
        }
        return unless $type == 22;
        $message .= _take($socket, $length) // return;
        $records++;
    }
    return { format => 'hello', bytes => $message, records => $records };
}

# Starts a client (a command as a list, or a sub, and the environment as a hash) and returns its
# hello. The client gets a request on its standard input, and is ended when the hello has arrived.
sub catch_hello {
    my ($listener, $command, $env) = @_;
    pipe(my $their_in, my $in) or die "pipe: $!";
    my $pid = fork() // die "fork: $!";
    if (!$pid) {
        open(STDIN, '<&', $their_in);
        open($_, '>', '/dev/null') for *STDOUT, *STDERR;
        %ENV = (%ENV, %{ $env || {} });
        if (ref $command eq 'CODE') { $command->() }
        else { exec @$command }
        POSIX::_exit(127);
    }
    close $their_in;
    local $SIG{PIPE} = 'IGNORE';
    syswrite($in, "GET / HTTP/1.0\r\n\r\n");
    my $hello = sniffed($listener);
    kill TERM => $pid;
    waitpid($pid, 0);
    return $hello;
}

# Every stored hello by its name: CLIENT-VARIANT.
sub hellos {
    my %hellos;
    for my $file (sort glob("$STORE/*.hello $STORE/*.sslv2")) {
        my ($name, $format) = basename($file) =~ /^(.+)\.(hello|sslv2)$/;
        open(my $in, '<:raw', $file) or die "$file: $!\n";
        $hellos{$name} = { format => $format, bytes => do { local $/; scalar <$in> } };
    }
    return \%hellos;
}

# A hello from its parts: legacy (number), ciphers (list of numbers), compression (bytes),
# extensions (list of pairs of type and data; undef for no block at all).
sub made {
    my (%o) = @_;
    my $extensions = join('', map { pack('n n/a', @$_) } @{ $o{extensions} || [] });
    my $body = pack('n a32 C/a n/a C/a', $o{legacy}, 'r' x 32, '', pack('n*', @{ $o{ciphers} }), $o{compression} // "\0");
    $body .= pack('n/a', $extensions) if $o{extensions};
    return { format => 'hello', bytes => pack('N', 1 << 24 | length $body) . $body };
}

# The same offer with GREASE in each of its lists, as browsers send it, except the lists in
# the extensions of the types given.
sub greased {
    my ($hello, %but) = (shift, map { $_ => 1 } @_);
    my $h = understood($hello);
    my %data = %{ $h->{data} };
    for my $type (grep { defined $data{$_} && !$but{$_} } 10, 13) {
        $data{$type} = pack('n/a', pack('n', 0x1A1A) . substr($data{$type}, 2));
    }
    $data{43} = pack('C/a', pack('n', 0xFAFA) . substr($data{43}, 1)) if defined $data{43} && !$but{43};
    return made(legacy => $h->{legacy}, ciphers => [ 0x0A0A, @{ $h->{ciphers} } ], compression => $h->{compression},
        extensions => [ [ 0x2A2A, '' ], (map { [ $_, $data{$_} ] } @{ $h->{extensions} }), [ 0xDADA, "\0" ] ]);
}

# The message as TLS records of at most $size bytes, or the SSLv2 record.
sub records {
    my ($hello, $size, $version) = @_;
    return pack('n', 0x8000 | length $hello->{bytes}) . $hello->{bytes} if $hello->{format} eq 'sslv2';
    return join('', map { pack('C n n/a', 22, $version // 0x0301, $_) } unpack("(a$size)*", $hello->{bytes}));
}

# --- fingerprints, from the specifications --------------------------------------

# RFC 8701: 0A0A, 1A1A and so on.
sub _without_grease { return grep { !(($_ & 0x0F0F) == 0x0A0A && $_ >> 8 == ($_ & 0xFF)) } @_ }

# The fields of the hello: legacy, ciphers, compression (bytes), extensions (types in order),
# data (of each type).
sub understood {
    my ($hello) = @_;
    my %h = (extensions => [], data => {});
    if ($hello->{format} eq 'sslv2') {
        my (undef, $version, $length) = unpack('C n n', $hello->{bytes});
        my @tls = map { unpack 'x n', $_ } grep { /^\0/ } unpack('(a3)*', substr($hello->{bytes}, 9, $length));
        @h{qw(legacy ciphers)} = ($version, [ _without_grease(@tls) ]);
        return \%h;
    }
    my ($legacy, undef, $ciphers, $compression, $rest) = unpack('x4 n x32 C/a n/a C/a a*', $hello->{bytes});
    @h{qw(legacy ciphers compression)} = ($legacy, [ _without_grease(unpack('n*', $ciphers)) ], $compression);
    my @pairs = unpack('(n n/a)*', $rest eq '' ? '' : unpack('n/a', $rest));
    while (my ($type, $data) = splice(@pairs, 0, 2)) {
        push @{ $h{extensions} }, _without_grease($type);
        $h{data}{$type} = $data;
    }
    return \%h;
}

sub _hash { return @_ ? substr(sha256_hex(join '_', grep { length } @_), 0, 12) : '0' x 12 }

sub _hex { return join(',', map { sprintf '%04x', $_ } @_) }

# https://github.com/FoxIO-LLC/ja4, technical_details/JA4.md, for TLS over TCP.
sub ja4 {
    my $h = understood(@_);
    my ($version) = !defined $h->{data}{43} ? $h->{legacy}
        : sort { $b <=> $a } _without_grease(unpack('x n*', $h->{data}{43}));
    my %name = (0x0304 => '13', 0x0303 => '12', 0x0302 => '11', 0x0301 => '10', 0x0300 => 's3', 0x0002 => 's2');
    my $alpn = unpack('x2 C/a', $h->{data}{16} // "\0\0\0");
    my $shown = $alpn =~ /^[0-9A-Za-z](?:.*[0-9A-Za-z])?\z/s ? $alpn : unpack('H*', $alpn) || '00';
    my @counts   = map { $_ > 99 ? 99 : $_ } map { scalar @{ $h->{$_} } } qw(ciphers extensions);
    my @ciphers  = sort { $a <=> $b } @{ $h->{ciphers} };
    my @listed   = sort { $a <=> $b } grep { $_ != 0 && $_ != 16 } @{ $h->{extensions} };
    my @sigalgs  = _without_grease(unpack('x2 n*', $h->{data}{13} // "\0\0"));
    return sprintf('t%s%s%02d%02d%s_%s_%s', $name{ $version // 0 } // '00', defined $h->{data}{0} ? 'd' : 'i', @counts,
        substr($shown, 0, 1) . substr($shown, -1), _hash(@ciphers ? _hex(@ciphers) : ()), _hash(@listed ? (_hex(@listed), _hex(@sigalgs)) : ()));
}

# https://github.com/salesforce/ja3, with GREASE left out.
sub ja3 {
    my $h = understood(@_);
    return md5_hex(join(',', $h->{legacy}, map { join '-', @$_ } $h->{ciphers}, $h->{extensions},
        [ _without_grease(unpack('x2 n*', $h->{data}{10} // "\0\0")) ], [ unpack('x C*', $h->{data}{11} // "\0") ]));
}

1;
