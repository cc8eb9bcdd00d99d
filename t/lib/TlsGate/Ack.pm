# What httpd says of its state file, read independently of tlsgatectl.
package TlsGate::Ack;

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Exporter 'import';
use IO::Handle;
use JSON::PP;
use TlsGate::Httpd;

our @EXPORT_OK = qw(records record acts_on pretend);

# The bytes of the line.
my $HEADER = 24_576;

# The names of all records beside a state file.
sub records { my ($state) = @_; return sort glob("$state.ack.*") }

# One record: its line, and the document that it holds as `text`. undef while it is being written.
sub record {
    my ($path) = @_;
    my $whole = TlsGate::Httpd::slurp($path);
    my $r = eval { JSON::PP->new->utf8->decode(substr($whole, 0, $HEADER)) } or return;
    return if $r->{looks} != $r->{end};
    my $d = $r->{document} or return $r;
    $r->{text} = substr($whole, $d->{offset}, $d->{length});
    return sha256_hex($r->{text}) eq $d->{sha256} ? $r : undef;
}

# Waits until the one record says that, and returns it: that it acts on the text, or a condition.
sub acts_on {
    my ($httpd, $state, %want) = @_;
    my $r;
    $httpd->wait_until(sub {
        my @paths = records($state);
        $r = @paths == 1 ? record($paths[0]) : undef;
        return $r && (!defined $want{text} || ($r->{text} // '') eq $want{text}) && $r->{condition} eq ($want{condition} // 'acts');
    });
    return $r;
}

# A record as a httpd would keep it that has that word about the file, held as long as what is returned
# lives. Options: text (of the document in force), condition, since, looked, started, pid, reason, fix, generation, trips,
# version: 2 is that of modules which told no stops.
my $HELD = 0;
sub pretend {
    my ($state, %o) = @_;
    my $path = sprintf('%s.ack.pretended%d', $state, ++$HELD);
    my $time = $o{since} // '2018-08-08T12:00:00Z';
    my $text = $o{text};
    my ($inode, $changed) = (stat $state)[1, 10];
    my $version = $o{version} // 3;
    my $header = $version < 3 ? 10_240 : $HEADER;
    my %line = (looks => 1, end => 1, version => $version, trips => $o{trips} // [], $version < 3 ? () : (stops => $o{stops} // []), pid => $o{pid} // $$, started => $o{started} // $time, looked => $o{looked} // $time,
        condition => $o{condition} // (defined $text ? 'acts' : 'none'), since => $time, reason => $o{reason}, fix => $o{fix}, inode => $inode // 0, changed => ($changed // 0) * 1_000_000_000,
        document => defined $text ? { generation => $o{generation} // 1, since => $time, sha256 => sha256_hex($text), offset => $header, length => length $text } : undef);
    my $line = JSON::PP->new->canonical->encode(\%line);
    open(my $h, '+>', $path) or die "$path: $!";
    binmode $h;
    print $h $line, ' ' x ($header - 1 - length $line), "\n", $text // '';
    $h->flush;
    chmod 0644, $path;
    # F_OFD_SETLK, with a struct flock for the whole file: l_type F_WRLCK.
    my $lock = pack('s s x4 q q i x4', 1, 0, 0, 0, 0);
    fcntl($h, 37, $lock) or die "lock of $path: $!";
    return bless { handle => $h, path => $path }, 'TlsGate::Ack::Pretended';
}

sub TlsGate::Ack::Pretended::DESTROY { my ($self) = @_; unlink $self->{path}; close $self->{handle} }

1;
