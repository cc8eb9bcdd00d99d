# The state file of one test's httpd, written as configuration management would write it:
# whole documents, each renamed over the previous one.
package TlsGate::State;

use strict;
use warnings;

use Exporter 'import';
use JSON::PP;
use TlsGate::Httpd;

our @EXPORT_OK = qw(suspend trial postpone exempt document);

# Who, why and since when, unless a test says otherwise.
my %WHO = (reason => 'rollback', by => 'ops', since => '2018-08-07T15:25:00Z');

sub suspend  { my ($name, $until, %o) = @_; return { schedule => $name, kind => 'suspend', until => $until, %WHO, %o } }
sub trial    { my ($name, $until, %o) = @_; return { schedule => $name, kind => 'trial', until => $until, %WHO, %o } }
sub postpone { my ($name, $from, $cutoff, %o) = @_; return { schedule => $name, kind => 'postpone', from => $from, cutoff => $cutoff, %WHO, %o } }

# A client, or a network if it has a slash in it.
sub exempt {
    my ($name, $whom, $until, %o) = @_;
    return { exempt => 1, schedule => $name, ($whom =~ m{/} ? 'network' : 'client') => $whom, until => $until, owner => 'sales', %WHO, %o };
}

# The text of a document with those entries.
sub document {
    my (@entries) = @_;
    my %document = (version => 1, overrides => [], exemptions => []);
    for my $entry (@entries) {
        my %copy = %$entry;
        push @{ $document{ delete $copy{exempt} ? 'exemptions' : 'overrides' } }, \%copy;
    }
    return JSON::PP->new->utf8->canonical->pretty->encode(\%document);
}

# For that httpd, which has `TlsGateState $DIR/state/state.json`; the file does not exist yet.
# $ask: sends it a deprecated request, because only those make it check the file.
sub new {
    my ($class, $httpd, $ask) = @_;
    my $self = bless { httpd => $httpd, ask => $ask, dir => $httpd->dir . '/state', put => 0 }, $class;
    mkdir $self->{dir} or die "$self->{dir}: $!";
    chmod 0755, $self->{dir};
    $self->{path} = "$self->{dir}/state.json";
    return $self;
}

# $before: a sub that changes the new file before it is renamed.
sub put {
    my ($self, $text, $before) = @_;
    my $new = "$self->{path}.new";
    open(my $h, '>', $new) or die "$new: $!";
    print $h $text;
    close $h or die "$new: $!";
    chmod 0644, $new;
    $before->($new) if $before;
    rename($new, $self->{path}) or die "$self->{path}: $!";
}

# How often httpd has logged that a new state is in force.
sub taken { my ($self) = @_; return scalar(() = $self->{httpd}->error_log =~ /TlsGateState "[^"]*": generation \d+ is in force/g) }

# Changes the file, and waits until httpd logs that the new state is in force.
sub taken_after {
    my ($self, $change) = @_;
    my $before = $self->taken;
    $change->();
    $self->{put}++;
    return $self->{httpd}->wait_until(sub { $self->{ask}->(); $self->taken > $before }, undef, 0.1);
}

sub apply { my ($self, @entries) = @_; return $self->taken_after(sub { $self->put(document(@entries)) }) }

1;
